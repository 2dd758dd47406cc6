import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { fromNodeHandler } from '../../src/index.ts'
import { ask } from '../support/client.ts'
import type { Answer, Question } from '../support/client.ts'
import { startNode, startPagi } from '../support/servers.ts'
import type { Listener } from '../support/servers.ts'
import { eventually, turns } from '../support/turns.ts'

// The same handler on node:http and on PAGI, the same client: the same answer, and the same events in the
// same order.

/** A handler that notes what it sees. */
export type Noting = (
  req: IncomingMessage,
  res: ServerResponse,
  note: (what: unknown) => void,
) => unknown

export interface Case extends Question {
  readonly handler: Noting
  /** What happens when is no promise here: only that it happens. */
  readonly unordered?: true
  /** The client leaves when this is noted. */
  readonly leaveAt?: string
}

interface Seen {
  readonly answer: Answer
  readonly log: readonly string[]
}

const REQUEST_EVENTS = ['end', 'aborted', 'error', 'close'] as const
const RESPONSE_EVENTS = ['prefinish', 'finish', 'error', 'close'] as const

/** Listens to everything, then calls the handler. */
const watched = (handler: Noting, log: string[], over: () => void): Listener => {
  return (req, res) => {
    const note = (what: unknown): void => {
      log.push(typeof what === 'string' ? what : JSON.stringify(what))
    }
    for (const event of REQUEST_EVENTS)
      req.on(event, (error) => note(`req ${event}${codeOf(error)}`))
    for (const event of RESPONSE_EVENTS)
      res.on(event, (error) => note(`res ${event}${codeOf(error)}`))
    res.on('close', over)
    return handler(req, res, note)
  }
}

export const codeOf = (error: unknown): string =>
  error instanceof Error ? ` ${'code' in error ? String(error.code) : error.message}` : ''

const see = async (
  { handler, unordered, leaveAt, ...question }: Case,
  start: (listener: Listener) => Promise<{ port: number }>,
): Promise<Seen> => {
  const log: string[] = []
  let closed = false
  const { port } = await start(
    watched(handler, log, () => {
      closed = true
    }),
  )
  const { drive, body } = question
  const answer = await ask(port, {
    ...question,
    drive(req) {
      if (drive === undefined) req.end(body)
      else drive(req)
      if (leaveAt !== undefined)
        void eventually(() => log.includes(leaveAt)).then(() => req.destroy())
    },
  })
  await eventually(() => closed)
  await turns()
  if (unordered === true) return { answer, log: log.toSorted() }
  // The two streams know nothing of each other: which is first to tell depends on the socket.
  const ofRequest = log.filter((line) => line.startsWith('req '))
  return { answer, log: [...ofRequest, ...log.filter((line) => !ofRequest.includes(line))] }
}

/** Framing is the server's: it may know the length of what node:http would send in chunks. */
const framed = ({ answer, log }: Seen): Seen => {
  const [last = ''] = answer.headers.slice(-1)
  const length = `content-length: ${Buffer.byteLength(answer.body, 'latin1')}`
  const isFraming = last === 'transfer-encoding: chunked' || last === length
  return {
    log,
    answer: { ...answer, headers: isFraming ? answer.headers.slice(0, -1) : answer.headers },
  }
}

/** Runs a case on both, and returns what was seen. */
export const compare = async (one: Case): Promise<Seen> => {
  const plain = await see(one, startNode)
  const adapted = await see(one, (listener) => startPagi(fromNodeHandler(listener)))
  expect(framed(adapted)).toEqual(framed(plain))
  return plain
}

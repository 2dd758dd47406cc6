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
  /** The request's bytes arrive as they may: the order of its events and the response's is no promise. */
  readonly unordered?: true
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

const codeOf = (error: unknown): string =>
  error instanceof Error ? ` ${'code' in error ? String(error.code) : error.message}` : ''

const see = async (
  { handler, unordered, ...question }: Case,
  start: (listener: Listener) => Promise<{ port: number }>,
): Promise<Seen> => {
  const log: string[] = []
  let closed = false
  const { port } = await start(
    watched(handler, log, () => {
      closed = true
    }),
  )
  const answer = await ask(port, question)
  await eventually(() => closed)
  await turns()
  return { answer, log: unordered === true ? log.toSorted() : log }
}

/** Runs a case on both, and returns what was seen. */
export const compare = async (one: Case): Promise<Seen> => {
  const plain = await see(one, startNode)
  const adapted = await see(one, (listener) => startPagi(fromNodeHandler(listener)))
  expect(adapted).toEqual(plain)
  return plain
}

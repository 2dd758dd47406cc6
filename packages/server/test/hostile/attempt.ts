import { once } from 'node:events'
import { connect } from 'node:net'
import type { HostileInput, Seen } from './row.ts'
import type { TargetServer } from './target-server.ts'

// One connection: what is sent, in which pieces, and what came of it.

/** Where the input stands on its connection. */
export type Place = 'alone' | 'behind' | 'before'

export interface Response {
  readonly status: number
  readonly reason: string
  readonly fields: ReadonlyMap<string, string>
}

export interface Outcome {
  readonly responses: readonly Response[]
  /** Bytes that are no response. */
  readonly rest: string
  /** How the server ended the connection; `kept` when it was the client that did. */
  readonly ending: 'fin' | 'rst' | 'kept'
  readonly seen: readonly Seen[]
}

const AHEAD = 'GET /ahead HTTP/1.1\r\nhost: a\r\n\r\n'
const LAST = 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'

/** What is sent when the input stands there. */
export const sentFor = ({ bytes }: HostileInput, place: Place): string =>
  place === 'behind' ? AHEAD + bytes : place === 'before' ? bytes + LAST : bytes

/** The responses there have to be. */
const statusesFor = ({ expected }: HostileInput, place: Place): readonly number[] => {
  const own = expected.kind === 'served' ? 200 : expected.status
  if (place === 'alone') return [own]
  if (place === 'behind') return [200, own]
  if (expected.kind !== 'served' || expected.next === 'closed') return [own]
  return [own, expected.next === 'served' ? 200 : 400]
}

/** Whether the server is the one to end the connection. */
const closes = ({ expected }: HostileInput, place: Place): boolean =>
  expected.kind !== 'served' || expected.next === 'closed' || place === 'before'

/** For what hangs, on the busiest machine. */
const OVERDUE = 20_000

/**
 * Sends the pieces, each once the server has read the one before, and takes what comes up to the end
 * of the connection.
 * @throws Error when no end comes
 */
export const attempt = async (
  target: TargetServer,
  input: HostileInput,
  place: Place,
  pieces: readonly string[] = [sentFor(input, place)],
): Promise<Outcome> => {
  const socket = connect({
    port: target.port,
    host: '127.0.0.1',
    allowHalfOpen: true,
    noDelay: true,
  })
  let wire = ''
  let ending: Outcome['ending'] | undefined
  let kept = false
  const overdue = setTimeout(() => {
    socket.destroy(new Error(`no end after ${JSON.stringify(wire.slice(0, 200))}`))
  }, OVERDUE)
  const over = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      wire += chunk.toString('latin1')
      if (closes(input, place) || kept) return
      if (parse(wire).responses.length < statusesFor(input, place).length) return
      kept = true
      socket.end()
    })
    socket.once('end', () => {
      ending ??= kept ? 'kept' : 'fin'
      resolve()
    })
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code === undefined) reject(error)
      else if (error.code !== 'EPIPE') ending ??= 'rst'
    })
    socket.once('close', () => {
      ending ??= 'rst'
      resolve()
    })
  })
  await Promise.race([once(socket, 'connect'), over])
  const { localPort = 0 } = socket
  try {
    let sent = 0
    for (const piece of pieces) {
      if (sent > 0) await target.hasRead(localPort, sent)
      if (!socket.writable) break
      socket.write(Buffer.from(piece, 'latin1'))
      sent += piece.length
    }
    await over
    return { ...parse(wire), ending: ending ?? 'rst', seen: [...target.seenBy(localPort)] }
  } finally {
    clearTimeout(overdue)
    socket.resetAndDestroy() // leaves no port in TIME_WAIT
    target.forget(localPort)
  }
}

/** Whole responses with a Content-Length, which all of this server's are here. */
const parse = (wire: string): Pick<Outcome, 'responses' | 'rest'> => {
  const responses: Response[] = []
  let rest = wire
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = rest.slice(0, Math.max(end, 0)).split('\r\n')
    const match = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine)
    if (match === null) return { responses, rest }
    const fields = new Map(
      lines.map((line) => {
        const colon = line.indexOf(': ')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)]
      }),
    )
    const status = Number(match[1])
    const length = Number(fields.get('content-length') ?? 0) // none: interim, or the answer to a HEAD
    if (!(rest.length >= end + 4 + length)) return { responses, rest }
    rest = rest.slice(end + 4 + length)
    if (status >= 200) responses.push({ status, reason: match[2] ?? '', fields })
  }
}

/** What is wrong with it; nothing when the list is empty. */
export const faultsOf = (input: HostileInput, place: Place, outcome: Outcome): string[] => {
  const { expected } = input
  const { responses, rest, ending, seen } = outcome
  const faults: string[] = []
  const statuses = responses.map(({ status }) => status).join(' ')
  const wanted = statusesFor(input, place).join(' ')
  if (statuses !== wanted) faults.push(`answered ${statuses || 'nothing'}, not ${wanted}`)
  if (rest !== '') faults.push(`behind the last response came ${JSON.stringify(rest)}`)
  const wantedEnding = closes(input, place) ? 'fin' : 'kept'
  if (ending !== wantedEnding) faults.push(`the connection ended with ${ending}`)
  const last = responses.at(-1)
  if (closes(input, place) && !/\bclose$/.test(last?.fields.get('connection') ?? ''))
    faults.push(`connection: ${last?.fields.get('connection')} in the last response`)
  if (
    expected.kind !== 'served' &&
    last?.fields.get('content-type')?.startsWith('text/plain') !== true
  )
    faults.push('the answer is no plain text')
  if (responses.some(({ fields }) => !fields.has('date'))) faults.push('a response without a date')

  const ahead = place === 'behind' ? 1 : 0
  const behind =
    place === 'before' && expected.kind === 'served' && expected.next === 'served' ? 1 : 0
  const mine = seen.slice(ahead, seen.length - behind)
  if (ahead === 1 && seen[0]?.path !== '/ahead') faults.push('the request ahead was not served')
  if (behind === 1 && seen.at(-1)?.path !== '/last')
    faults.push('the request behind was not served')
  faults.push(...seenFaults(expected, mine))
  return faults
}

const seenFaults = (expected: HostileInput['expected'], seen: readonly Seen[]): string[] => {
  const told = seen.map((each) => JSON.stringify(each)).join(' and ')
  if (expected.kind === 'refused') return seen.length === 0 ? [] : [`the application saw ${told}`]
  if (seen.length > 1) return [`the application saw ${told}`]
  const [only] = seen
  if (expected.kind === 'broken')
    return only === undefined || !['complete', 'running'].includes(only.outcome)
      ? []
      : [`the application saw ${told}`]
  if (only === undefined) return ['the application saw nothing']
  const differs = Object.entries(expected.sees).some(([key, value]) =>
    key === 'headers' ? !only.headers.includes(value) : Reflect.get(only, key) !== value,
  )
  return differs || only.outcome !== 'complete' ? [`the application saw ${told}`] : []
}

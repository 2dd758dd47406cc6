import type { ConnectionState, Receive, ReceiveEvent, Scope, Send } from '../../src/index.ts'
import { codeOf } from './apps.ts'

/** What an application can see of the end of its scope. */
export interface SeenEnd {
  readonly isConnected: boolean
  readonly disconnectReason: string | undefined
  readonly disconnectDetail: string | undefined
  readonly responseStarted: boolean
  readonly responseComplete: boolean
  readonly closeCode: number | undefined
  /** What ran or settled, in order. */
  readonly order: readonly string[]
  /** The event a receive that was pending got, and the one a later receive got. */
  readonly pending: ReceiveEvent
  readonly later: ReceiveEvent
  /** Late sends, a malformed one among them: `resolved`, or the codes they were rejected with. */
  readonly sends: string
}

/** A request scope with its two functions, as an application gets them. */
export interface Handed {
  readonly scope: Exclude<Scope, { type: 'lifespan' }>
  readonly receive: Receive
  readonly send: Send
}

/**
 * Registers every kind of observer, and resolves when the scope has ended and all were heard.
 *
 * @param sends sends that wait; they are heard as `send 1`, `send 2`
 */
export const observeEnd = async (
  { scope, receive, send }: Handed,
  sends: readonly Promise<void>[] = [],
): Promise<SeenEnd> => {
  const connection = scope['pagi.connection']
  const order: string[] = []
  const note = (what: string) => (): void => void order.push(what)
  connection.signal.addEventListener('abort', note('signal'))
  connection.onEnd(note('onEnd'))
  connection.onComplete(note('onComplete'))
  connection.onDisconnect((reason, detail) => {
    const facts = factsOf(connection)
    const agree = !facts.isConnected && facts.disconnectReason === reason
    order.push(
      agree && facts.disconnectDetail === detail ? 'onDisconnect' : 'onDisconnect disagrees',
    )
  })
  connection.onDisconnect(note('onDisconnect again'))
  void connection.disconnected.then(note('disconnected'))
  void connection.ended.then(note('ended'))
  const settling = sends.map((sent, at) => sent.then(note(`send ${at + 1}`)))
  const pending = await receive()
  order.push('receive')
  await Promise.all(settling)
  const later = await receive()
  const codes = [
    await codeOf(send({ type: START[scope.type], status: 200 })),
    await codeOf(send(JSON.parse('{"type":"no.such.event"}'))),
    await codeOf(send(JSON.parse('7'))),
  ]
  const late = codes.some((code) => code !== undefined) ? codes.join(' ') : 'resolved'
  return { ...factsOf(connection), order, pending, later, sends: late }
}

const START = {
  http: 'http.response.start',
  sse: 'sse.start',
  websocket: 'http.response.start',
} as const

const factsOf = (connection: ConnectionState) => ({
  isConnected: connection.isConnected,
  disconnectReason: connection.disconnectReason,
  disconnectDetail: connection.disconnectDetail,
  responseStarted: connection.responseStarted,
  responseComplete: connection.responseComplete,
  closeCode: connection.closeCode,
})

/** One line per row: the facts in columns, for people. */
export const endsAsMarkdown = (rows: ReadonlyMap<string, SeenEnd & { wire: string }>): string => {
  const lines = [
    '| scope | cause | reason | detail | started | complete | observers, in order | receive | late sends | client sees |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ]
  for (const [name, seen] of rows) {
    const [type = '', cause = ''] = name.split(': ')
    const cells = [
      type,
      cause,
      seen.disconnectReason ?? '-',
      seen.disconnectDetail ?? '-',
      String(seen.responseStarted),
      String(seen.responseComplete),
      seen.order.join(', '),
      `\`${JSON.stringify(seen.pending)}\``,
      seen.sends,
      seen.wire,
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  return `${lines.join('\n')}\n`
}

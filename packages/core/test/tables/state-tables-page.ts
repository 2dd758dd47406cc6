/** Writes spec/state-tables.md from the tables that drive the machines. */

import { HTTP_TRANSITIONS } from '../../src/http/exchange.ts'
import type { HttpEventKind, HttpState } from '../../src/http/exchange.ts'
import { LIFESPAN_FACTS, LIFESPAN_TRANSITIONS } from '../../src/lifespan/lifespan.ts'
import type { LifespanEventType, LifespanFact, LifespanState } from '../../src/lifespan/lifespan.ts'
import { SSE_TRANSITIONS } from '../../src/sse/stream.ts'
import type { SseEventKind, SseState } from '../../src/sse/stream.ts'
import { SERVER_CLOSES } from '../../src/websocket/closing.ts'
import type { ServerCloseCause } from '../../src/websocket/closing.ts'
import { WEBSOCKET_TRANSITIONS } from '../../src/websocket/session.ts'
import type { WebSocketEventKind, WebSocketState } from '../../src/websocket/session.ts'

const HEAD = `# State tables and diagrams

Each kind of scope has a machine that says which event of the application may follow which. The tables and diagrams on this page are drawn from the very tables that drive the machines of \`@pagi/core\`, so that what is shown is what runs. The same tables stand in the chapters, with the rules around them; a test keeps all of them equal.

In a table, **R** means that the event is rejected and the state stays as it was; **same**, that it is accepted and the state stays; **→** leads to another state. The diagrams show what leads to another state; whatever else is accepted leaves the state as it is, and the table says which that is.

This page is made by \`node scripts/spec-tables.mjs\`.
`

const REFUSAL = 'per T-HTTP; terminal → refused'

interface Machine<Kind extends string, State extends string> {
  readonly title: string
  readonly about: string
  /** How the event, or the kind of it, is called; their order is that of the rows. */
  readonly rows: Readonly<Record<Kind, string>>
  /** The same in a diagram, where that is shorter. */
  readonly short?: Readonly<Partial<Record<Kind, string>>>
  /** What a cell says where the state alone does not say it. */
  readonly cell?: (kind: Kind, from: State, to: string | undefined) => string | undefined
  readonly table: Readonly<Record<State, Readonly<Partial<Record<Kind, string>>>>>
  /** Stands below the table. */
  readonly notes?: string
  /** Arrows that are no events of the application, or have a condition. */
  readonly arrows?: (kind: Kind, from: State, to: string) => readonly Arrow[] | undefined
  readonly more?: readonly Arrow[]
}

interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
}

const HTTP: Machine<HttpEventKind, HttpState> = {
  title: 'T-HTTP: an HTTP response',
  about:
    'The machine of an `http` scope, and the inner machine of a refusal. It is explained in [HTTP](http.md#t-http-the-response-machine).',
  rows: {
    start: '`http.response.start`',
    more: '`http.response.body`, inline or empty, `more` true',
    last: '`http.response.body`, inline or empty, `more` false',
    source: '`http.response.body` with `file` or `fh`',
    trailers: '`http.response.trailers`',
    fullflush: '`http.fullflush`, advertised',
  },
  short: { more: 'body, more true' },
  table: HTTP_TRANSITIONS,
  cell: (kind, _, to) => {
    if (to === 'body-end') return '→ complete (1)'
    return kind === 'trailers' && to !== undefined ? `→ ${to} (2)` : undefined
  },
  notes:
    '(1) → trailers-due instead when the start declared `trailers`. (2) R where the framing cannot carry trailers (HTTP-62). While the bytes of a `file` or `fh` are under way the machine is in _broken_: whatever stops them leaves it there.',
  arrows: (kind, from, to) => {
    if (to !== 'body-end') return undefined
    const body = kind === 'source' ? 'file or fh' : 'last body'
    return [
      { from, to: 'complete', label: body },
      { from, to: 'trailers-due', label: 'the same, trailers declared' },
      ...(kind === 'source' ? [{ from, to: 'broken', label: 'file or fh fails midway' }] : []),
    ]
  },
}

const WEBSOCKET: Machine<WebSocketEventKind, WebSocketState> = {
  title: 'T-WS: a WebSocket session',
  about:
    'The machine of a `websocket` scope. It is explained in [WebSocket](websocket.md#t-ws-the-session-machine).',
  rows: {
    accept: '`websocket.accept`',
    refuse: '`http.response.start`, status 300 or above',
    refusal: '`http.response.body`, `http.response.trailers`',
    output: '`websocket.send`, `websocket.keepalive`',
    close: '`websocket.close`',
    fullflush: '`http.fullflush`, advertised',
  },
  short: { refuse: 'http.response.start' },
  table: WEBSOCKET_TRANSITIONS,
  cell: (kind, _, to) => (kind === 'refusal' && to !== undefined ? REFUSAL : undefined),
  notes:
    'A `http.response.start` with a status below 300 is R in every state (REF-05). In _accepted_, once the Close frame of the peer was seen, `websocket.send`, `websocket.keepalive` and `http.fullflush` resolve and write nothing, and the first `websocket.close` leads to _closing_ without a second frame (WS-25).',
  more: [{ from: 'refusing', to: 'refused', label: 'terminal event' }],
}

const SSE: Machine<SseEventKind, SseState> = {
  title: 'T-SSE: an event stream',
  about:
    'The machine of an `sse` scope. It is explained in [Server-sent events](sse.md#t-sse-the-stream-machine).',
  rows: {
    start: '`sse.start`',
    output: '`sse.send`, `sse.comment`, `sse.keepalive`',
    close: '`sse.close`',
    refuse: '`http.response.start`',
    refusal: '`http.response.body`, `http.response.trailers`',
    fullflush: '`http.fullflush`, advertised',
  },
  table: SSE_TRANSITIONS,
  cell: (kind, from, to) => {
    if (kind === 'refusal' && to !== undefined) return REFUSAL
    return kind === 'close' && from === to ? 'resolves, ignored' : undefined
  },
  more: [{ from: 'refusing', to: 'refused', label: 'terminal event' }],
}

const LIFESPAN: Machine<LifespanEventType, LifespanState> = {
  title: 'T-LIFE: startup and shutdown',
  about:
    'The machine of a `lifespan` scope. Two arrows are not events of the application: the server queues `lifespan.shutdown`, and the call of the application settles (or its startup wait expires). It is explained in [Lifespan](lifespan.md#t-life-the-lifespan-machine).',
  rows: {
    'lifespan.startup.complete': '`lifespan.startup.complete`',
    'lifespan.startup.failed': '`lifespan.startup.failed`',
    'lifespan.shutdown.complete': '`lifespan.shutdown.complete`',
    'lifespan.shutdown.failed': '`lifespan.shutdown.failed`',
  },
  table: LIFESPAN_TRANSITIONS,
  more: keysOf(LIFESPAN_FACTS).flatMap((from) =>
    keysOf(LIFESPAN_FACTS[from]).map((fact) => ({
      from,
      to: LIFESPAN_FACTS[from][fact] ?? from,
      label: factLabel(fact),
    })),
  ),
}

function factLabel(fact: LifespanFact): string {
  return fact === 'shutdown' ? 'lifespan.shutdown queued' : 'call settled'
}

const CAUSES: Readonly<Record<ServerCloseCause, string>> = {
  protocol: 'framing or protocol violation',
  utf8: 'invalid UTF-8 in text or a Close reason',
  queue: 'inbound queue over its limit',
  size: 'frame over the size ceiling',
  'walk-away': 'the application’s call settled without close or disconnect',
  shutdown: 'server shutdown',
}

/** The page as Markdown, in the form Prettier gives it. */
export function stateTablesPage(): string {
  return [HEAD, chapter(HTTP), chapter(WEBSOCKET), closes(), chapter(SSE), chapter(LIFESPAN)].join(
    '\n',
  )
}

function chapter<Kind extends string, State extends string>(machine: Machine<Kind, State>): string {
  const notes = machine.notes === undefined ? '' : `${machine.notes}\n\n`
  return `## ${machine.title}\n\n${machine.about}\n\n${transitions(machine)}\n${notes}${diagram(machine)}`
}

function transitions<Kind extends string, State extends string>(
  machine: Machine<Kind, State>,
): string {
  const states = keysOf(machine.table)
  const rows = keysOf(machine.rows).map((kind) => [
    machine.rows[kind],
    ...states.map((from) => {
      const to = machine.table[from][kind]
      return machine.cell?.(kind, from, to) ?? cell(from, to)
    }),
  ])
  return table(['event', ...states], rows)
}

function cell(from: string, to: string | undefined): string {
  if (to === undefined) return 'R'
  return to === from ? 'same' : `→ ${to}`
}

function diagram<Kind extends string, State extends string>(machine: Machine<Kind, State>): string {
  const states = keysOf(machine.table)
  const sent = states.flatMap((from) =>
    keysOf(machine.rows).flatMap((kind): readonly Arrow[] => {
      const to = machine.table[from][kind]
      if (to === undefined) return []
      return (
        machine.arrows?.(kind, from, to) ?? [
          { from, to, label: machine.short?.[kind] ?? plain(machine.rows[kind]) },
        ]
      )
    }),
  )
  const arrows = merged([...sent, ...(machine.more ?? [])]).filter(({ from, to }) => from !== to)
  const lines = [
    `[*] --> ${name(states[0] ?? '')}`,
    ...arrows.map(({ from, to, label }) => `${name(from)} --> ${name(to)}: ${label}`),
    ...states
      .filter((state) => arrows.every(({ from }) => from !== state))
      .map((state) => `${name(state)} --> [*]`),
  ]
  const aliases = states
    .filter((state) => name(state) !== state)
    .map((state) => `state "${state}" as ${name(state)}`)
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...['direction LR', ...aliases, ...lines].map((line) => `  ${line}`),
    '```',
    '',
  ].join('\n')
}

/** One arrow for all that leads from one state to one other. */
function merged(arrows: readonly Arrow[]): readonly Arrow[] {
  const ways = new Map<string, Arrow>()
  for (const arrow of arrows) {
    const way = `${arrow.from}>${arrow.to}`
    const known = ways.get(way)
    if (known?.label === arrow.label) continue
    const label = known === undefined ? arrow.label : `${known.label}<br>${arrow.label}`
    ways.set(way, { ...arrow, label })
  }
  return [...ways.values()]
}

function closes(): string {
  const rows = keysOf(SERVER_CLOSES).map((cause) => {
    const { row, code, token } = SERVER_CLOSES[cause]
    return [String(row), CAUSES[cause], String(code), `\`${token}\``]
  })
  const about =
    'What the server itself closes a WebSocket with: the rows 10 to 15 of [T-CLOSE](websocket.md#t-close-how-a-session-ends).'
  return `### T-CLOSE, rows 10 to 15\n\n${about}\n\n${table(['row', 'cause', 'code', 'token'], rows)}`
}

function keysOf<Key extends string>(record: Readonly<Partial<Record<Key, unknown>>>): Key[] {
  return Object.keys(record).filter((key): key is Key => key in record)
}

/** A state as Mermaid takes it: without hyphens. */
function name(state: string): string {
  return state.replaceAll('-', '_')
}

function plain(label: string): string {
  return label.replaceAll('`', '')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |\n`
  return [line(head, ' '), line([], '-'), ...rows.map((cells) => line(cells, ' '))].join('')
}

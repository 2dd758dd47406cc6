import { describe, expect, test } from 'vitest'
import type { Application, ReceiveEvent, SendEvent } from '../../src/index.ts'
import { gate } from '../support/apps.ts'
import { OPCODE, closeFrame, frame, handshake, nextFrame, open, text } from '../support/frames.ts'
import { LEAVINGS, expectLeft, expectNoTrace, leave } from '../support/leaving.ts'
import type { Leaving } from '../support/leaving.ts'
import { observeEnd } from '../support/observe-end.ts'
import type { SeenEnd } from '../support/observe-end.ts'
import { get, start } from '../support/start.ts'

// A client that leaves while the application waits to hear of it, at every point of what it may have
// been saying: nothing is made up of what is half said (T-RECV), and nobody is answered (CORE-26).

interface Stage {
  readonly type: 'http' | 'sse' | 'websocket'
  /** What the client says, in one write: who knows of its front has read all of it. */
  readonly says: string | Buffer
  /** The events that makes, in words, received before the receive that waits. */
  readonly receives: readonly string[]
  readonly sends?: readonly SendEvent[]
  /** The last the client hears before it leaves. */
  readonly hears?: string
  /** What it says on a WebSocket that is open, behind a ping. */
  readonly frames?: Buffer
  /** How the connection ends for a client that reads on. */
  readonly ending?: 'rst'
}

const POST = 'POST / HTTP/1.1\r\nhost: test\r\n'
const LENGTH = 'content-length: 10\r\n'
const CHUNKED = 'transfer-encoding: chunked\r\n'
const EVENTS = 'accept: text/event-stream'

/** Where in a request body it is, and what of that the application has. */
const BODIES: Record<string, readonly [says: string, ...pieces: string[]]> = {
  'before its first byte': [`${LENGTH}\r\n`],
  'short of its length': [`${LENGTH}\r\nhello`, 'hello'],
  'before its first chunk': [`${CHUNKED}\r\n`],
  'in the size of a chunk': [`${CHUNKED}\r\n5\r\nhello\r\n1`, 'hello'],
  'in a chunk': [`${CHUNKED}\r\na\r\nhello`, 'hello'],
  'at the end of a chunk': [`${CHUNKED}\r\n5\r\nhello`, 'hello'],
  'between two chunks': [`${CHUNKED}\r\n5\r\nhello\r\n`, 'hello'],
  'in the trailers': [`${CHUNKED}\r\n5\r\nhello\r\n0\r\nx-sum: 1`, 'hello'],
}

const begun = (status: number): Pick<Stage, 'sends' | 'hears'> => ({
  sends: [
    { type: 'http.response.start', status },
    { type: 'http.response.body', body: 'piece', more: true },
  ],
  hears: 'piece\r\n',
})
const streaming: Pick<Stage, 'sends' | 'hears'> = {
  sends: [{ type: 'sse.start' }, { type: 'sse.send', data: 'piece' }],
  hears: 'data: piece\n\n\r\n',
}

const http: Record<string, Stage> = {}
const sse: Record<string, Stage> = {}
for (const [where, [says, ...pieces]] of Object.entries(BODIES)) {
  http[where] = {
    type: 'http',
    says: `${POST}${says}`,
    receives: pieces.map((piece) => `http.request ${piece}, more`),
  }
  sse[where] = {
    type: 'sse',
    says: `${POST}${EVENTS}\r\n${says}`,
    receives: pieces.map((piece) => `sse.request ${piece}, more`),
  }
}
const inChunkHttp = {
  type: 'http',
  says: `${POST}${CHUNKED}\r\na\r\nhello`,
  receives: ['http.request hello, more'],
} as const
const inChunkSse = {
  type: 'sse',
  says: `${POST}${EVENTS}\r\n${CHUNKED}\r\na\r\nhello`,
  receives: ['sse.request hello, more'],
} as const
const wholeHttp = { type: 'http', says: get(), receives: ['http.request '] } as const
const wholeSse = { type: 'sse', says: get('/', EVENTS), receives: ['sse.request '] } as const
http['before a body that is waited for'] = {
  type: 'http',
  says: `${POST}${LENGTH}expect: 100-continue\r\n\r\n`,
  receives: [],
  hears: '100 Continue\r\n\r\n',
}
http['in a chunk, response begun'] = { ...inChunkHttp, ...begun(200) }
http['behind the request'] = wholeHttp
http['behind the request, response begun'] = { ...wholeHttp, ...begun(200) }
http['behind the request, close-delimited response begun'] = {
  ...wholeHttp,
  says: 'GET / HTTP/1.0\r\n\r\n',
  ...begun(200),
  hears: 'piece',
  ending: 'rst', // HTTP-75
}
sse['in a chunk, stream begun'] = { ...inChunkSse, ...streaming }
sse['in a chunk, refusal begun'] = { ...inChunkSse, ...begun(403) }
sse['behind the request'] = wholeSse
sse['behind the request, stream begun'] = { ...wholeSse, ...streaming }
sse['behind the request, refusal begun'] = { ...wholeSse, ...begun(403) }

const connecting = {
  type: 'websocket',
  says: handshake(),
  receives: ['websocket.connect'],
} as const
const opened = { ...connecting, sends: [{ type: 'websocket.accept' }] } as const
const message = text('x'.repeat(200)) // its length takes two more bytes
const websocket: Record<string, Stage> = {
  'before accept': connecting,
  'before accept, in a frame': {
    ...connecting,
    says: Buffer.concat([Buffer.from(handshake()), message.subarray(0, 50)]),
  },
  'in a refusal': { ...connecting, ...begun(403) },
  'between messages': { ...opened, frames: Buffer.alloc(0) },
  'between two fragments': {
    ...opened,
    frames: frame(OPCODE.text, 'the first', { fin: false }),
  },
  'in the second fragment': {
    ...opened,
    frames: Buffer.concat([
      frame(OPCODE.text, 'the first', { fin: false }),
      frame(OPCODE.continuation, 'the last').subarray(0, 9),
    ]),
  },
  'behind the first byte of a frame': { ...opened, frames: message.subarray(0, 1) },
  'in the length of a frame': { ...opened, frames: message.subarray(0, 3) },
  'in the mask of a frame': { ...opened, frames: message.subarray(0, 6) },
  'before the payload of a frame': { ...opened, frames: message.subarray(0, 8) },
  'in the payload of a frame': { ...opened, frames: message.subarray(0, 100) },
  'in a ping': { ...opened, frames: frame(OPCODE.ping, 'are you there').subarray(0, 9) },
  'in its Close': { ...opened, frames: closeFrame(1000, 'bye').subarray(0, 7) },
}

interface Run {
  readonly seen: SeenEnd
  /** For a client that reads on: what it is sent yet. */
  readonly rest: string | undefined
}

const inWords = (event: ReceiveEvent): string =>
  event.type === 'http.request' || event.type === 'sse.request'
    ? `${event.type} ${Buffer.from(event.body).toString()}${event.more ? ', more' : ''}`
    : event.type

const run = async (stage: Stage, how: Leaving): Promise<Run> => {
  const { says, receives, sends = [], hears, frames, ending = 'fin' } = stage
  const waits = gate<{ readonly received: readonly string[]; readonly seen: Promise<SeenEnd> }>()
  const app: Application = async (scope, receive, send) => {
    if (scope.type === 'lifespan') throw new Error('no lifespan')
    const received: string[] = []
    for (const _ of receives) received.push(inWords(await receive()))
    for (const event of sends) await send(event)
    const seen = observeEnd({ scope, receive, send })
    waits.open({ received, seen })
    await seen
  }
  const running = await start(app)
  const client = await running.connect()
  if (frames === undefined) client.write(says)
  else {
    await open(client)
    client.write(Buffer.concat([frame(OPCODE.ping), frames]))
    expect(await nextFrame(client)).toBe('pong')
  }
  const { received, seen } = await waits.promise
  expect(received).toEqual(receives)
  if (hears !== undefined) await client.until(hears)
  leave(client, how)
  const result = { seen: await seen, rest: how === 'half-close' ? await client.rest() : undefined }
  if (how === 'half-close') expect(client.ending).toBe(ending)
  await expectNoTrace(running)
  return result
}

describe.each(Object.entries({ http, sse, websocket }))('%s', (_type, stages) => {
  describe.each(Object.entries(stages))('%s', (_where, stage) => {
    test.each(LEAVINGS)('%s', async (how) => {
      const { seen, rest = '' } = await run(stage, how)
      expectLeft(seen, { type: stage.type, how, started: stage.sends !== undefined })
      expect(seen.sends).toBe('resolved') // CORE-26
      expect(rest).toBe('') // HTTP-74, T-CLOSE 7
    })
  })
})

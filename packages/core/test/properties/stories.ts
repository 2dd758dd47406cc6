import fc from 'fast-check'
import { FakeHandle, FakeIterable } from '../support/sources.ts'
import {
  ACCEPT,
  BINARY,
  CLOSE,
  LAST,
  MORE,
  PINGS,
  REFUSE,
  SSE_CLOSE,
  SSE_COMMENT,
  SSE_DATA,
  SSE_PINGS,
  SSE_START,
  START,
  TEXT,
  TRAILERS,
  bytes,
  chunk,
  fh,
} from '../support/events.ts'
import type { CommonStep } from './driver.ts'

// The steps that stories are made of. Sources are made anew for every story, so they stand as makers.

/** An event, or how to make one that can be used only once. */
type Sent = unknown

const LENGTH = { headers: [['content-length', '7']] }

const RESPONSES: readonly Sent[] = [
  START,
  REFUSE,
  { ...START, ...LENGTH },
  { ...REFUSE, trailers: true },
  { ...START, status: 204 },
  MORE,
  LAST,
  { type: 'http.response.body', body: bytes('bytes!!'), more: true },
  chunk(60),
  chunk(150),
  TRAILERS,
]

const WRONG: readonly Sent[] = [
  undefined,
  { type: 'no.such.event' },
  { type: 'http.fullflush' },
  { ...START, status: 99 },
  { ...LAST, body: 5 },
  { type: 'http.response.body', fh: {} },
  { type: 'websocket.send', text: 'x', bytes: 'y' },
  { type: 'websocket.close', code: 1005 },
  { type: 'sse.send', data: 'x', event: 'a\nb' },
  { ...TRAILERS, headers: [['X-Upper', 'x']] },
]

const SOURCES: readonly (() => unknown)[] = [
  () => fh(new FakeIterable(bytes('piece'), bytes('piece'))),
  () => fh(new FakeIterable(bytes(''), new Error('no'))),
  () => fh(new FakeIterable(bytes('piece'), new Error('no'))),
  () => fh(new FakeIterable(bytes('piece'), 'hang')),
  () => fh(new FakeIterable(new Uint8Array(150), new Uint8Array(150))),
  () => fh(new FakeHandle('a handle of some length', 9)),
]

const SSE: readonly Sent[] = [SSE_START, SSE_START, SSE_DATA, SSE_COMMENT, SSE_PINGS, SSE_CLOSE]
const BIG_SSE = { ...SSE_DATA, data: 'x'.repeat(150) }

const WEBSOCKET: readonly Sent[] = [ACCEPT, ACCEPT, TEXT, BINARY, PINGS, CLOSE]
const BIG_TEXT = { ...TEXT, text: 'x'.repeat(150) }

const one = <Value>(values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)

const sends = (own: readonly Sent[]): fc.Arbitrary<CommonStep> =>
  fc
    .oneof(
      { weight: 5, arbitrary: one(own) },
      { weight: 1, arbitrary: one(WRONG) },
      { weight: 1, arbitrary: one(SOURCES).map((make) => ({ source: make })) },
    )
    .map((event) => ({ do: 'send', event }))

/** The event of a step, with a fresh source where it asks for one. */
export const fresh = (step: CommonStep): CommonStep => {
  if (step.do !== 'send') return step
  const { event } = step
  if (typeof event !== 'object' || event === null || !('source' in event)) return step
  return typeof event.source === 'function' ? { do: 'send', event: event.source() } : step
}

const rarely: fc.Arbitrary<CommonStep> = one<CommonStep>([
  { do: 'abort' },
  { do: 'shutdown', phase: 'begin' },
  { do: 'shutdown', phase: 'force' },
  { do: 'leave' },
  { do: 'fail' },
])

const often: fc.Arbitrary<CommonStep> = fc.oneof(
  fc.boolean().map((cancellable): CommonStep => ({ do: 'receive', cancellable })),
  fc.constant<CommonStep>({ do: 'cancel' }),
  fc.constant<CommonStep>({ do: 'turn' }),
  fc.integer({ min: 1, max: 6000 }).map((ms): CommonStep => ({ do: 'clock', ms })),
)

export type HttpFact =
  | { readonly do: 'write'; readonly size: number }
  | { readonly do: 'endBody' }
  | { readonly do: 'stall' }
  | { readonly do: 'drain'; readonly bytes: number | undefined }
  | { readonly do: 'lose' }

const stalls: fc.Arbitrary<HttpFact & { readonly do: 'stall' | 'drain' }> = fc.oneof(
  fc.constant({ do: 'stall' } as const),
  fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }).map((size) => ({
    do: 'drain' as const,
    bytes: size,
  })),
)

const httpFacts: fc.Arbitrary<HttpFact> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(400).map((size): HttpFact => ({ do: 'write', size })) },
  { weight: 1, arbitrary: fc.constant<HttpFact>({ do: 'endBody' }) },
  { weight: 4, arbitrary: stalls },
  { weight: 1, arbitrary: fc.constant<HttpFact>({ do: 'lose' }) },
)

export type WebSocketFact =
  | { readonly do: 'message'; readonly times: number }
  | { readonly do: 'pong' }
  | { readonly do: 'peerClose'; readonly code: number }
  | { readonly do: 'fault'; readonly kind: 'protocol' | 'utf8' | 'size' }
  | { readonly do: 'stall' }
  | { readonly do: 'drain'; readonly bytes: number | undefined }
  | { readonly do: 'lose' }

const webSocketFacts: fc.Arbitrary<WebSocketFact> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .integer({ min: 1, max: 5 })
      .map((times): WebSocketFact => ({ do: 'message', times })),
  },
  { weight: 2, arbitrary: fc.constant<WebSocketFact>({ do: 'pong' }) },
  {
    weight: 1,
    arbitrary: one([1000, 1005, 3000]).map((code): WebSocketFact => ({ do: 'peerClose', code })),
  },
  {
    weight: 1,
    arbitrary: one(['protocol', 'utf8', 'size'] as const).map((kind): WebSocketFact => ({
      do: 'fault',
      kind,
    })),
  },
  { weight: 4, arbitrary: stalls },
  { weight: 1, arbitrary: fc.constant<WebSocketFact>({ do: 'lose' }) },
)

const story = <Fact>(
  openings: readonly (readonly Sent[])[],
  own: readonly Sent[],
  facts: fc.Arbitrary<Fact>,
): fc.Arbitrary<(CommonStep | Fact)[]> => {
  const middle = fc.array(
    fc.oneof<
      [
        fc.WeightedArbitrary<CommonStep | Fact>,
        fc.WeightedArbitrary<CommonStep | Fact>,
        fc.WeightedArbitrary<CommonStep | Fact>,
        fc.WeightedArbitrary<CommonStep | Fact>,
      ]
    >(
      { weight: 8, arbitrary: sends(own) },
      { weight: 6, arbitrary: often },
      { weight: 5, arbitrary: facts },
      { weight: 1, arbitrary: rarely },
    ),
    { maxLength: 30, size: 'max' },
  )
  // Without a start most stories would never get anywhere.
  return fc
    .tuple(one(openings), middle)
    .map(([opening, rest]) => [
      ...opening.map((event): CommonStep => ({ do: 'send', event })),
      ...rest,
    ])
}

export const httpStories = story([[], [START], [START, MORE]], RESPONSES, httpFacts)
export const sseStories = story(
  [[], [SSE_START], [SSE_START, SSE_PINGS], [START]],
  [...SSE, ...SSE, BIG_SSE, START, LAST, MORE],
  httpFacts,
)
export const webSocketStories = story(
  [[], [ACCEPT], [ACCEPT, PINGS], [ACCEPT, CLOSE], [REFUSE]],
  [...WEBSOCKET, ...WEBSOCKET, BIG_TEXT, REFUSE, LAST, MORE],
  webSocketFacts,
)

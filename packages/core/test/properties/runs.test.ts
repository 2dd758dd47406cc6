import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemoryHttpTransport } from '../../src/memory/http.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { AnyRun, Started } from '../support/runs.ts'
import { Driver, tell } from './driver.ts'
import { fresh, httpStories, sseStories, webSocketStories } from './stories.ts'
import type { HttpFact, WebSocketFact } from './stories.ts'

// Random stories; fast-check prints the seed and the shortest story of a failure.

const RUNS = 400

const METHODS = fc.constantFrom('GET', 'HEAD')
const VERSIONS = fc.constantFrom('1.0', '1.1', '2')

/** Bodies are numbered by their bytes, so that a lost or doubled piece shows. */
const numbered = () => {
  let next = 0
  return (size: number): Uint8Array => {
    const piece = new Uint8Array(size)
    for (let at = 0; at < size; at++) piece[at] = next++ % 251
    return piece
  }
}

const playHttp = (
  driver: Driver<MemoryHttpTransport>,
  fact: HttpFact,
  next: (size: number) => Uint8Array,
) => {
  const { port } = driver.scope
  switch (fact.do) {
    case 'write':
      return port.write(next(fact.size))
    case 'endBody':
      return port.endBody()
    case 'stall':
      return port.stall()
    case 'drain':
      return port.drain(fact.bytes)
    case 'lose':
      return driver.lose()
  }
}

const FACTS = new Set(['write', 'endBody', 'stall', 'drain', 'lose'])
const isHttpFact = (step: { readonly do: string }): step is HttpFact => FACTS.has(step.do)

/** The response is one head, its body and one end, or cut short. */
const GRAMMAR = /^(prepare )*(head (flush |prepare |data )*(end |last )?)?(prepare )*(abort )?$/

const checkResponse = ({ port }: Started<AnyRun, MemoryHttpTransport>): void => {
  const words = port.commands.map((one) => (one.type === 'data' && one.last ? 'last' : one.type))
  expect(words.map((word) => `${word} `).join('')).toMatch(GRAMMAR)
}

const checkBody = (events: readonly { readonly type: string }[]): void => {
  let next = 0
  let ended = false
  for (const event of events) {
    if (!('body' in event) || !(event.body instanceof Uint8Array)) continue
    expect(ended).toBe(false) // exactly one last piece, after all others (HTTP-27)
    for (const byte of event.body) expect(byte).toBe(next++ % 251)
    ended = 'more' in event && event.more === false
  }
}

describe.each([
  ['http', startHttp, httpStories],
  ['sse', startSse, sseStories],
] as const)('%s', (_, start, stories) => {
  test('holds its promises whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(stories, METHODS, VERSIONS, async (steps, method, httpVersion) => {
        const driver = new Driver(start({ ...POST, method, httpVersion }))
        const next = numbered()
        await tell(driver, steps, (step) =>
          isHttpFact(step) ? playHttp(driver, step, next) : driver.play(fresh(step)),
        )
        checkResponse(driver.scope)
        checkBody(driver.events)
      }),
      { numRuns: RUNS },
    )
  })
})

const WS_FACTS = new Set(['message', 'pong', 'peerClose', 'fault', 'stall', 'drain', 'lose'])
const FRAMES = new Set(['message', 'pong', 'peerClose', 'fault'])
const isWebSocketFact = (step: { readonly do: string }): step is WebSocketFact =>
  WS_FACTS.has(step.do)

describe('websocket', () => {
  test('holds its promises whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(webSocketStories, async (steps) => {
        const driver = new Driver(startWebSocket())
        const { port } = driver.scope
        let sent = 0
        const play = (fact: WebSocketFact): void => {
          // A transport reads no frames before it has completed the handshake.
          if (FRAMES.has(fact.do) && !driver.scope.asked.includes('accept')) return
          switch (fact.do) {
            case 'message':
              for (let at = 0; at < fact.times; at++) port.message(`${sent++}`)
              return
            case 'pong':
              return port.pong()
            case 'peerClose':
              return port.peerClose(fact.code)
            case 'fault':
              return port.fault(fact.kind, 'random')
            case 'stall':
              return port.stall()
            case 'drain':
              return port.drain(fact.bytes)
            case 'lose':
              return driver.lose()
          }
        }
        await tell(driver, steps, (step) =>
          isWebSocketFact(step) ? play(step) : driver.play(fresh(step)),
        )
        const { asked } = driver.scope
        expect(asked.filter((type) => type === 'close').length).toBeLessThanOrEqual(1) // WS-25
        expect(asked.filter((type) => type === 'accept').length).toBeLessThanOrEqual(1)
        expect(asked.includes('accept') && asked.includes('head')).toBe(false) // REF-04
        const texts = driver.events.flatMap((event) =>
          event.type === 'websocket.receive' && event.text !== undefined
            ? [Number(event.text)]
            : [],
        )
        expect(texts).toEqual(texts.toSorted((a, b) => a - b))
        expect(new Set(texts).size).toBe(texts.length)
        const [first] = driver.events
        if (first !== undefined) expect(first.type).toBe('websocket.connect') // WS-08
      }),
      { numRuns: RUNS },
    )
  })
})

import { describe, expect, test } from 'vitest'
import type { Application } from '../../src/index.ts'
import { gate } from '../support/apps.ts'
import { closeFrame, handshake, nextFrame, open } from '../support/frames.ts'
import { LEAVINGS, expectLeft, expectNoTrace, leave } from '../support/leaving.ts'
import { observeEnd } from '../support/observe-end.ts'
import type { SeenEnd } from '../support/observe-end.ts'
import { readResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

// A client that leaves between two requests, before anything was received, and behind our Close.

/** Waits for the end of its client below `/wait`, and answers anything else. */
const requests = () => {
  const paths: string[] = []
  const first = gate<{ readonly seen: Promise<SeenEnd> }>()
  const app: Application = async (scope, receive, send) => {
    if (scope.type !== 'http') throw new Error(`no ${scope.type}`)
    paths.push(scope.path)
    await receive()
    const seen = observeEnd({ scope, receive, send })
    first.open({ seen })
    if (scope.path === '/wait') await seen
    else {
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: 'ok' })
    }
  }
  return { app, paths, first: first.promise }
}

describe.each([
  ['before the next request', ''],
  ['in the next request line', 'GET /next HT'],
  ['in the next header section', 'GET /next HTTP/1.1\r\nhost: te'],
])('%s', (_where, says) => {
  test.each(LEAVINGS)('%s behind a response', async (how) => {
    const { app, paths, first } = requests()
    const running = await start(app)
    const client = await running.connect()
    client.write(get('/answer') + says)
    await readResponse(client)
    leave(client, how)
    const end = { type: 'http.disconnect' }
    expect(await (await first).seen).toMatchObject({
      disconnectReason: undefined,
      responseComplete: true,
      order: ['onComplete', 'onEnd', 'ended', 'receive'],
      pending: end,
      later: end,
    })
    if (how === 'half-close') expect([await client.rest(), client.ending]).toEqual(['', 'fin'])
    await expectNoTrace(running)
    expect(paths).toEqual(['/answer'])
  })
})

describe.each([
  ['in the next request line', 'GET /next HT'],
  ['in the next header section', 'GET /next HTTP/1.1\r\nhost: te'],
  ['behind the next request', get('/next')],
])('%s', (_where, says) => {
  test.each(LEAVINGS)('%s before the response', async (how) => {
    const { app, paths, first } = requests()
    const running = await start(app)
    const client = await running.connect()
    client.write(get('/wait') + says)
    const { seen } = await first
    leave(client, how)
    expectLeft(await seen, { type: 'http', how, started: false })
    if (how === 'half-close') expect([await client.rest(), client.ending]).toEqual(['', 'fin'])
    await expectNoTrace(running)
    expect(paths).toEqual(['/wait']) // HTTP-75
  })
})

// T-RECV: the end is behind what is queued, and a request nobody asked for is not.
describe.each([
  ['http', get(), []],
  ['sse', get('/', 'accept: text/event-stream'), []],
  ['websocket', handshake(), ['websocket.connect']],
])('%s', (type, says, queued) => {
  test.each(LEAVINGS)('%s before anything is received', async (how) => {
    const called = gate()
    const received = gate<readonly string[]>()
    const running = await start(async (scope, receive) => {
      if (scope.type === 'lifespan') throw new Error('no lifespan')
      called.open()
      await scope['pagi.connection'].ended
      const events = []
      for (let at = 0; at < queued.length + 2; at++) events.push((await receive()).type)
      received.open(events)
    })
    const client = await running.connect()
    client.write(says)
    await called.promise
    leave(client, how)
    const end = `${type}.disconnect`
    expect(await received.promise).toEqual([...queued, end, end])
    await expectNoTrace(running)
  })
})

// T-CLOSE 5
describe.each([
  ['behind our Close', Buffer.alloc(0)],
  ['in its answer to our Close', closeFrame(1000).subarray(0, 7)],
])('%s', (_where, says) => {
  test.each(LEAVINGS)('%s', async (how) => {
    const ending = gate<{ readonly seen: Promise<SeenEnd> }>()
    const running = await start(async (scope, receive, send) => {
      if (scope.type !== 'websocket') throw new Error(`no ${scope.type}`)
      await receive()
      await send({ type: 'websocket.accept' })
      await send({ type: 'websocket.close', code: 4000 })
      const seen = observeEnd({ scope, receive, send })
      ending.open({ seen })
      await seen
    })
    const client = await running.connect()
    await open(client)
    expect(await nextFrame(client)).toBe('close 4000')
    client.write(says)
    leave(client, how)
    expectLeft(await (await ending.promise).seen, { type: 'websocket', how, started: true })
    if (how === 'half-close') expect([await client.rest(), client.ending]).toEqual(['', 'fin'])
    await expectNoTrace(running)
  })
})

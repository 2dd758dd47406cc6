import { describe, expect, test } from 'vitest'
import type { BodyReader } from '../../src/run/ports.ts'
import { LAST, START, bytes, fh } from '../support/events.ts'
import { turn, watch } from '../support/promises.ts'
import { startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'
import { FakeHandle, FakeIterable, fakeStream } from '../support/sources.ts'

// The end of a scope while a file or fh is being streamed; suppressed bodies; backpressure.

const started = async (method = 'GET'): Promise<StartedHttp> => {
  const scope = startHttp({ method })
  await scope.send(START)
  return scope
}

const ENDINGS: readonly (readonly [string, (scope: StartedHttp) => void])[] = [
  ['loss', ({ port }) => port.lose()],
  ['abort', ({ connection }) => connection.abort()],
  ['shutdown', ({ run }) => run.shutdown('force')],
]

describe.each(ENDINGS)('%s during a read that never answers', (_, end) => {
  test.each([
    ['a stream', () => fakeStream(bytes('x'), 'hang').stream],
    ['a stream, at once', () => fakeStream('hang').stream],
    ['an iterable', () => new FakeIterable(bytes('x'), 'hang')],
    ['an iterable, at once', () => new FakeIterable('hang')],
  ])('%s: the send resolves (CORE-24)', async (__, make) => {
    const scope = await started()
    const sent = watch(scope.send(fh(make())))
    const behind = watch(scope.send(LAST))
    await turn()
    expect(sent.state).toBe('pending')
    end(scope)
    const written = scope.asked.length
    await turn()
    expect([sent.state, behind.state]).toEqual(['resolved', 'resolved'])
    expect(scope.asked).toHaveLength(written)
    await scope.leave()
    expect(scope.log.at('error')).toEqual([])
  })

  test('nothing of the application’s is closed or cancelled', async () => {
    const { stream, cancelled } = fakeStream(bytes('x'), 'hang')
    const source = new FakeIterable(bytes('x'), 'hang')
    for (const body of [stream, source]) {
      const scope = await started()
      void scope.send(fh(body))
      await turn()
      end(scope)
      await turn()
    }
    expect(cancelled()).toBe(0)
    expect(stream.locked).toBe(false)
    expect(source.returned).toBe(1) // the iterator is the server's own
  })
})

describe.each(ENDINGS)('%s', (_, end) => {
  test('while a handle is read: the send settles once the read no longer uses it (HTTP-56)', async () => {
    let answer = (): void => {}
    const handle = new FakeHandle('abcdef', 3)
    const read = handle.read.bind(handle)
    const slow = {
      fd: 7,
      read: async (...args: Parameters<typeof read>) => {
        const result = await read(...args)
        if (handle.reads.length === 2)
          await new Promise<void>((resolve) => {
            answer = resolve
          })
        return result
      },
    }
    const scope = await started()
    const sent = watch(scope.send(fh(slow)))
    await turn()
    end(scope)
    await turn()
    expect(sent.state).toBe('pending')
    answer()
    await turn()
    expect(sent.state).toBe('resolved')
    expect(handle.reads).toHaveLength(2)
    expect(scope.port.body).toBe('abc')
  })

  test('while output waits above the mark', async () => {
    const scope = await started()
    scope.port.stall()
    const source = new FakeIterable(new Uint8Array(200), new Uint8Array(200))
    const sent = watch(scope.send(fh(source)))
    await turn()
    expect(source.taken).toBe(1) // FLOW-12: reads pause at the marks
    expect(sent.state).toBe('pending')
    end(scope)
    await turn()
    expect(sent.state).toBe('resolved')
    expect(source.returned).toBe(1)
  })

  test('while a file is being opened: what is opened too late is closed', async () => {
    let opened = (_reader: BodyReader): void => {}
    let closed = 0
    const opening = new Promise<BodyReader>((resolve) => {
      opened = resolve
    })
    const scope = startHttp({}, { open: () => opening })
    await scope.send(START)
    const sent = watch(scope.send({ type: 'http.response.body', file: '/file' }))
    await turn()
    end(scope)
    await turn()
    expect(sent.state).toBe('resolved')
    opened({
      size: 1,
      read: async () => bytes('x'),
      close: async () => {
        closed += 1
      },
    })
    await turn()
    expect(closed).toBe(1)
    expect(scope.port.body).toBe('')
  })

  test('while opening or reading is about to fail: the send still resolves', async () => {
    let fail = (_error: Error): void => {}
    const opening = new Promise<BodyReader>((_resolve, reject) => {
      fail = reject
    })
    const scope = startHttp({}, { open: () => opening })
    await scope.send(START)
    const sent = watch(scope.send({ type: 'http.response.body', file: '/file' }))
    await turn()
    end(scope)
    fail(new Error('ENOENT'))
    await turn()
    expect(sent.state).toBe('resolved')
  })
})

test('reads pause at the high mark and go on below the low one', async () => {
  const scope = await started()
  scope.port.stall()
  const piece = (): Uint8Array => new Uint8Array(60)
  const source = new FakeIterable(piece(), piece(), piece())
  const sent = watch(scope.send(fh(source)))
  await turn()
  expect(source.taken).toBe(2)
  expect(scope.transport.bufferedAmount).toBe(120)
  scope.port.drain(80)
  await turn()
  expect(source.taken).toBe(2)
  scope.port.drain(1)
  await turn()
  expect(source.taken).toBe(4)
  expect(sent.state).toBe('resolved')
  expect(scope.connection.isConnected).toBe(true)
  scope.port.drain()
  expect(scope.connection.responseComplete).toBe(true)
})

describe('a body that is suppressed', () => {
  test.each([
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ])('%s: no source is opened or read (HTTP-68)', async (_, method, status) => {
    const scope = startHttp({ method }, { open: () => Promise.reject(new Error('opened')) })
    await scope.send({ ...START, status })
    const source = new FakeIterable(bytes('x'))
    await scope.send(status === 200 ? fh(source) : { type: 'http.response.body', file: '/none' })
    expect(source.taken).toBe(0)
    expect(scope.connection.responseComplete).toBe(true)
    expect(scope.port.body).toBe('')
  })
})

test.each([
  ['sse', () => startSse()],
  ['websocket', () => startWebSocket()],
])('a refusal on %s may have a file body too (REF-02)', async (_, start) => {
  const scope = start()
  await scope.send({ ...START, status: 403 })
  await scope.send(fh(new FakeIterable(bytes('no'))))
  expect(scope.connection.responseComplete).toBe(true)
  expect(scope.asked).toEqual(['head', 'prepare', 'data', 'end'])
})

test('trailers may follow a file (AMB-07), and the head does not wait for them', async () => {
  for (const pieces of [[], [bytes('abc')]]) {
    const scope = startHttp()
    await scope.send({ ...START, trailers: true })
    await scope.send(fh(new FakeIterable(...pieces)))
    expect(scope.connection.isConnected).toBe(true)
    const prepares = scope.port.commands.flatMap((one) =>
      one.type === 'prepare' ? [one.pending] : [],
    )
    expect(pieces.length > 0 || prepares.at(-1) === false).toBe(true)
    await scope.send({ type: 'http.response.trailers', headers: [['x-sum', '1']] })
    expect(scope.connection.responseComplete).toBe(true)
  }
})

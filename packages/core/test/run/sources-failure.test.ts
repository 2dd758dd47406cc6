import { describe, expect, test } from 'vitest'
import { LAST, MORE, START, bytes, fh } from '../support/events.ts'
import { codeRejected } from '../support/promises.ts'
import { startHttp } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'
import { FakeHandle, FakeIterable, fakeStream, nodeStream } from '../support/sources.ts'

// HTTP-53, HTTP-54: what a source that fails leaves behind.

const started = async (headers: readonly unknown[] = []): Promise<StartedHttp> => {
  const scope = startHttp()
  await scope.send({ ...START, headers })
  return scope
}

const length = (size: number): unknown[] => [['content-length', String(size)]]

describe('a failure before the first byte leaves the response as it was (HTTP-54)', () => {
  const locked = (): unknown => {
    const { stream } = fakeStream(bytes('x'))
    stream.getReader()
    return stream
  }
  const failing = (at: number): FakeHandle => Object.assign(new FakeHandle('x'), { failAt: at })

  test.each<readonly [string, () => unknown, string]>([
    ['a handle that cannot be read', () => failing(0), 'ERR_PAGI_BODY_SOURCE'],
    ['an iterable that throws', () => new FakeIterable(new Error('no')), 'ERR_PAGI_BODY_SOURCE'],
    [
      '... after an empty piece',
      () => new FakeIterable(bytes(''), new Error('no')),
      'ERR_PAGI_BODY_SOURCE',
    ],
    ['a stream that fails', () => fakeStream(new Error('no')).stream, 'ERR_PAGI_BODY_SOURCE'],
    [
      'a handle that reads nonsense',
      () => ({ fd: 3, read: async () => ({ bytesRead: 'all' }) }),
      'ERR_PAGI_BODY_SOURCE',
    ],
    [
      'a handle that reads too much',
      () => ({ fd: 3, read: async () => ({ bytesRead: 2 ** 30 }) }),
      'ERR_PAGI_BODY_SOURCE',
    ],
    [
      'a handle that reads backwards',
      () => ({ fd: 3, read: async () => ({ bytesRead: -1 }) }),
      'ERR_PAGI_BODY_SOURCE',
    ],
    ['a stream that is locked', locked, 'ERR_PAGI_BODY_SOURCE'],
    [
      'a stream of Node that was destroyed',
      () => nodeStream(new FakeIterable(), { destroyed: true, readableEnded: false }),
      'ERR_PAGI_BODY_SOURCE',
    ],
    ['pieces that are no bytes', () => new FakeIterable('text'), 'ERR_PAGI_BODY_SOURCE'],
    ['a descriptor that nobody can open here', () => 3, 'ERR_PAGI_BODY_SOURCE'],
    ['something that is no source', () => ({}), 'ERR_PAGI_INVALID_EVENT'],
  ])('%s', async (_, make, code) => {
    const { send, port, connection } = await started()
    expect(await codeRejected(send(fh(make())))).toBe(code)
    expect(port.body).toBe('')
    expect(connection.isConnected).toBe(true)
    await send(MORE)
    await send(LAST)
    expect(port.body).toBe('partend')
    expect(connection.responseComplete).toBe(true)
  })

  test('a length that cannot match (HTTP-43)', async () => {
    const cases: readonly (readonly [number, unknown])[] = [
      [3, new FakeIterable(bytes('four'))],
      [3, new FakeIterable()],
      [3, new FakeIterable(bytes(''))],
      [3, new FakeHandle('')],
    ]
    for (const [declared, source] of cases) {
      const { send, port, connection } = await started(length(declared))
      expect(await codeRejected(send(fh(source)))).toBe('ERR_PAGI_CONTENT_LENGTH')
      expect(port.body).toBe('')
      await send({ ...LAST, body: 'yes' })
      expect(connection.responseComplete).toBe(true)
    }
  })

  test('a handle held back until it is read keeps the head back no longer than that', async () => {
    const { send, port } = await started()
    await codeRejected(send(fh(failing(0))))
    const prepares = port.commands.filter(({ type }) => type === 'prepare')
    expect(prepares).toEqual([
      { type: 'prepare', pending: true },
      { type: 'prepare', pending: false },
    ])
  })
})

describe('a failure midway breaks the response (T-HTTP)', () => {
  test.each<readonly [string, () => unknown, readonly unknown[], string]>([
    [
      'a read fails',
      () => Object.assign(new FakeHandle('abcdef', 3), { failAt: 1 }),
      [],
      'ERR_PAGI_BODY_SOURCE',
    ],
    [
      'an iterable throws',
      () => new FakeIterable(bytes('abc'), new Error('no')),
      [],
      'ERR_PAGI_BODY_SOURCE',
    ],
    [
      'a stream fails',
      () => fakeStream(bytes('abc'), new Error('no')).stream,
      [],
      'ERR_PAGI_BODY_SOURCE',
    ],
    ['a piece is no bytes', () => new FakeIterable(bytes('abc'), 5), [], 'ERR_PAGI_BODY_SOURCE'],
    [
      'longer than declared',
      () => new FakeIterable(bytes('abc'), bytes('de')),
      length(4),
      'ERR_PAGI_CONTENT_LENGTH',
    ],
    [
      'shorter than declared',
      () => new FakeIterable(bytes('abc')),
      length(4),
      'ERR_PAGI_CONTENT_LENGTH',
    ],
  ])('%s', async (_, make, headers, code) => {
    const { send, port, connection, leave } = await started(headers)
    expect(await codeRejected(send(fh(make())))).toBe(code)
    expect(port.body).toBe('abc')
    expect(connection.isConnected).toBe(true)
    for (const event of [MORE, LAST, fh(new FakeIterable())])
      expect(await codeRejected(send(event))).toBe('ERR_PAGI_EVENT_ORDER')
    await leave()
    expect(connection.disconnectReason).toBe('server_error')
    expect(port.commands.at(-1)).toMatchObject({ type: 'abort' })
  })

  test('an iterator is ended when the server stops early, unless it failed itself', async () => {
    const wrong = new FakeIterable(bytes('abc'), 5, bytes('x'))
    await codeRejected((await started()).send(fh(wrong)))
    expect(wrong.returned).toBe(1)
    const thrown = new FakeIterable(bytes('abc'), new Error('no'))
    await codeRejected((await started()).send(fh(thrown)))
    expect(thrown.returned).toBe(0)
  })

  test('an iterator may be as careless as it likes', async () => {
    const careless = (end: () => unknown): unknown => ({
      [Symbol.asyncIterator]: () => ({ next: () => ({ done: false, value: 5 }), return: end }),
    })
    const ends = [
      () => undefined,
      () => {
        throw new Error('return')
      },
      async () => {
        throw new Error('return')
      },
    ]
    for (const end of ends) {
      const { send, log } = await started()
      expect(await codeRejected(send(fh(careless(end))))).toBe('ERR_PAGI_BODY_SOURCE')
      expect(log.at('warn')).toEqual([])
    }
  })

  test('a stream is neither cancelled nor left locked', async () => {
    const { stream, cancelled } = fakeStream(bytes('abc'), 5, bytes('x'))
    await codeRejected((await started()).send(fh(stream)))
    expect(cancelled()).toBe(0)
    expect(stream.locked).toBe(false)
  })
})

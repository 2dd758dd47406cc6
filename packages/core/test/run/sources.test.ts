import { describe, expect, test } from 'vitest'
import type { BodyReader, SourceRange } from '../../src/run/ports.ts'
import { bytesOf } from '../../src/run/source.ts'
import { LAST, MORE, START, bytes, fh } from '../support/events.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'
import { startHttp } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'
import { FakeHandle, FakeIterable, fakeStream } from '../support/sources.ts'

// file and fh bodies (HTTP-45 to HTTP-56, binding section 6): success and failure.

const started = async (headers: readonly unknown[] = [], method = 'GET'): Promise<StartedHttp> => {
  const scope = startHttp({ method })
  await scope.send({ ...START, headers })
  return scope
}

const length = (size: number): unknown[] => [['content-length', String(size)]]

describe('a handle', () => {
  test('is read by explicit positions to its end, and never closed', async () => {
    const handle = new FakeHandle('hello world', 4)
    const { send, port, connection } = await started()
    await send(fh(handle))
    expect(port.body).toBe('hello world')
    expect(handle.reads.map(({ position }) => position)).toEqual([0, 4, 8, 11])
    expect(handle.closed).toBe(0)
    expect(connection.responseComplete).toBe(true)
  })

  test.each([
    [{ offset: 6 }, 'world'],
    [{ length: 5 }, 'hello'],
    [{ offset: 2, length: 3 }, 'llo'],
    [{ offset: 6, length: 100 }, 'world'], // HTTP-49
    [{ offset: 100 }, ''], // HTTP-51
    [{ length: 0 }, ''],
    [{ offset: 0, length: null }, 'hello world'],
    [{ offset: null }, 'hello world'],
    [{ more: true }, 'hello world'], // HTTP-45
  ])('with %o', async (range, expected) => {
    const { send, port, connection } = await started()
    await send(fh(new FakeHandle('hello world', 4), range))
    expect(port.body).toBe(expected)
    expect(connection.responseComplete).toBe(true)
  })

  test('asks for no more than the range', async () => {
    const handle = new FakeHandle('hello world')
    const { send } = await started()
    await send(fh(handle, { length: 5 }))
    expect(handle.reads).toEqual([{ length: 5, position: 0 }])
  })
})

describe('a stream or an iterable', () => {
  test.each([
    ['iterable', () => new FakeIterable(bytes('one '), bytes('two'))],
    [
      'generator',
      () =>
        (async function* () {
          yield bytes('one ')
          yield bytes('two')
        })(),
    ],
    ['web stream', () => fakeStream(bytes('one '), bytes('two')).stream],
  ])('%s is read to its end', async (_, make) => {
    const { send, port, connection } = await started()
    await send(fh(make()))
    expect(port.body).toBe('one two')
    expect(connection.responseComplete).toBe(true)
  })

  test('an iterator that has ended is not ended again, and a stream is free afterwards', async () => {
    const source = new FakeIterable(bytes('x'))
    await (await started()).send(fh(source))
    expect(source.returned).toBe(0)
    const { stream, cancelled } = fakeStream(bytes('x'))
    await (await started()).send(fh(stream))
    expect(stream.locked).toBe(false)
    expect(cancelled()).toBe(0)
  })

  test('pieces are copied, as their owner may go on with them', () => {
    // As a Buffer of Node: its slice shares the memory.
    const piece = Object.defineProperty(bytes('mine'), 'slice', { value: () => piece })
    const copy = bytesOf(piece)
    piece.fill(0)
    expect(copy).toEqual(bytes('mine'))
  })

  test('none at all and empty pieces make an empty body', async () => {
    for (const pieces of [[], [bytes('')], [bytes(''), bytes('')]]) {
      const { send, port, connection } = await started()
      await send(fh(new FakeIterable(...pieces)))
      expect(port.body).toBe('')
      expect(connection.responseComplete).toBe(true)
    }
  })
})

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

describe('what the runtime opens', () => {
  const opening = (reader: () => Promise<BodyReader>) => {
    const asked: SourceRange[] = []
    const scope = startHttp(
      {},
      {
        open: (range) => {
          asked.push(range)
          return reader()
        },
      },
    )
    return { ...scope, asked }
  }

  const reader = (pieces: readonly string[], size?: number) => {
    const left = [...pieces]
    let closed = 0
    return {
      closed: () => closed,
      reader: {
        size,
        read: async () => {
          const piece = left.shift()
          return piece === undefined ? undefined : bytes(piece)
        },
        close: async () => {
          closed += 1
        },
      },
    }
  }

  test('is told the range, and closed once after its end', async () => {
    const source = reader(['ab', 'c'])
    const { send, port, asked } = opening(async () => source.reader)
    await send(START)
    await send({ type: 'http.response.body', file: '/file', offset: 1, length: 3 })
    expect(asked).toMatchObject([{ file: '/file', fh: undefined, offset: 1, length: 3 }])
    expect(port.body).toBe('abc')
    expect(source.closed()).toBe(1)
  })

  test('with a known size gives the response its length (HTTP-100)', async () => {
    const source = reader(['ab', 'c'], 3)
    const { send, port } = opening(async () => source.reader)
    await send(START)
    await send({ type: 'http.response.body', file: '/file' })
    const totals = port.commands.flatMap((one) => (one.type === 'data' ? [one.total] : []))
    expect(totals).toEqual([3, undefined])
  })

  test.each([
    ['fewer', ['ab'], 3],
    ['more', ['ab', 'cd'], 3],
  ])('that yields %s bytes than its size breaks the response', async (_, pieces, size) => {
    const source = reader(pieces, size)
    const { send } = opening(async () => source.reader)
    await send(START)
    const code = await codeRejected(send({ type: 'http.response.body', file: '/file' }))
    expect(code).toBe('ERR_PAGI_CONTENT_LENGTH')
    expect(await codeRejected(send(LAST))).toBe('ERR_PAGI_EVENT_ORDER')
    expect(source.closed()).toBe(1)
  })

  test('that cannot be opened rejects with its cause and leaves the state', async () => {
    const cause = new Error('ENOENT')
    const { send, connection } = opening(async () => {
      throw cause
    })
    await send(START)
    const sent = watch(send({ type: 'http.response.body', file: '/file' }))
    await turn()
    expect(sent.fate).toMatchObject({ error: { code: 'ERR_PAGI_BODY_SOURCE', cause } })
    await send(LAST)
    expect(connection.responseComplete).toBe(true)
  })

  test('that cannot be closed is logged, and no more', async () => {
    const { send, connection, log } = opening(async () => ({
      ...reader(['x']).reader,
      close: async () => {
        throw new Error('EIO')
      },
    }))
    await send(START)
    await send({ type: 'http.response.body', file: '/file' })
    expect(connection.responseComplete).toBe(true)
    expect(log.at('warn')).toHaveLength(1)
  })
})

import { describe, expect, test } from 'vitest'
import type { BodyReader, SourceRange } from '../../src/run/ports.ts'
import { bytesOf } from '../../src/run/source.ts'
import { LAST, START, bytes, fh } from '../support/events.ts'
import { codeRejected, turn, watch } from '../support/promises.ts'
import { startHttp } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'
import { FakeHandle, FakeIterable, fakeStream, nodeStream } from '../support/sources.ts'

// file and fh bodies (HTTP-45 to HTTP-56, binding section 6); failures are in sources-failure.test.ts.

const started = async (): Promise<StartedHttp> => {
  const scope = startHttp()
  await scope.send(START)
  return scope
}

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
    ['stream of Node', () => nodeStream(new FakeIterable(bytes('one '), bytes('two')))],
  ])('%s is read to its end', async (_, make) => {
    const { send, port, connection } = await started()
    await send(fh(make()))
    expect(port.body).toBe('one two')
    expect(connection.responseComplete).toBe(true)
  })

  test('a stream of Node that has ended, and was destroyed after it, is empty', async () => {
    const { send, connection } = await started()
    await send(fh(nodeStream(new FakeIterable(), { destroyed: true, readableEnded: true })))
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

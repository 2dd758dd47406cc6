import { describe, expect, test } from 'vitest'
import {
  LAST,
  MORE,
  SSE_CLOSE,
  SSE_DATA,
  SSE_START,
  START,
  TRAILERS,
  bytes,
} from '../support/events.ts'
import { codeRejected } from '../support/promises.ts'
import { POST, startHttp, startSse, startWebSocket } from '../support/runs.ts'
import type { StartedHttp } from '../support/runs.ts'

// Response bodies: lengths, suppression, framing. Request bodies: how many events they become.

const body = (text: string, more = false): unknown => ({
  type: 'http.response.body',
  body: text,
  more,
})

const withLength = async (
  length: number,
  over: object = {},
  method = 'GET',
): Promise<StartedHttp> => {
  const scope = startHttp({ method })
  await scope.send({ ...START, headers: [['content-length', String(length)]], ...over })
  return scope
}

const dataOf = ({ port }: StartedHttp) =>
  port.commands.flatMap((one) => (one.type === 'data' ? [one] : []))

describe('a declared content-length (HTTP-43)', () => {
  test.each([
    ['one piece', [body('abcde')]],
    ['several', [body('ab', true), body('cd', true), body('e')]],
    ['an empty last one', [body('abcde', true), body('')]],
  ])('met by %s', async (_, events) => {
    const scope = await withLength(5)
    for (const event of events) await scope.send(event)
    expect(scope.port.body).toBe('abcde')
    expect(scope.connection.responseComplete).toBe(true)
  })

  test.each([
    ['a last piece too long', [], body('abcdef')],
    ['a last piece too short', [], body('abcd')],
    ['a piece that would exceed it', [body('abcd', true)], body('ef', true)],
    ['an end that falls short', [body('abcd', true)], body('')],
    ['none of it', [], body('')],
  ])('%s rejects, and nothing has changed', async (_, before, event) => {
    const scope = await withLength(5)
    for (const earlier of before) await scope.send(earlier)
    const commands = scope.asked.length
    expect(await codeRejected(scope.send(event))).toBe('ERR_PAGI_CONTENT_LENGTH')
    expect(scope.asked).toHaveLength(commands)
    await scope.send(body(before.length === 0 ? 'abcde' : 'e'))
    expect(scope.connection.responseComplete).toBe(true)
  })

  test('counts bytes, not characters', async () => {
    const scope = await withLength(3)
    expect(await codeRejected(scope.send(body('€€')))).toBe('ERR_PAGI_CONTENT_LENGTH')
    await scope.send(body('€'))
    expect(scope.connection.responseComplete).toBe(true)
  })

  test.each([
    ['HEAD', 'HEAD', 200],
    ['304', 'GET', 304],
    ['204', 'GET', 204],
  ])('%s is exempt', async (_, method, status) => {
    for (const events of [[LAST], [MORE, body('')], [body('')]]) {
      const scope = await withLength(5000, { status }, method)
      for (const event of events) await scope.send(event)
      expect(scope.connection.responseComplete).toBe(true)
      expect(dataOf(scope)).toEqual([])
    }
  })
})

describe('framing', () => {
  const headOf = async (options: object, over: object = {}) => {
    const scope = startHttp(options)
    await scope.send({ ...START, ...over })
    return scope.port.commands[0]
  }
  const LENGTH = { headers: [['content-length', '3']] }

  test.each([
    [{}, {}, 'chunked'],
    [{ httpVersion: '1.0' }, {}, 'close'],
    [{ httpVersion: '2' }, {}, 'stream'],
    [{}, LENGTH, 'length'],
    [{ httpVersion: '1.0' }, LENGTH, 'length'],
    [{ httpVersion: '2' }, LENGTH, 'length'],
    [{ method: 'HEAD' }, {}, 'none'],
    [{ method: 'HEAD' }, LENGTH, 'none'],
    [{}, { status: 204 }, 'none'],
    [{}, { status: 304 }, 'none'],
  ])('%o and %o: %s', async (options, over, framing) => {
    expect(await headOf(options, over)).toMatchObject({ type: 'head', framing })
  })

  test('content-length passes for HEAD and 304, not for 204 (HTTP-63, HTTP-66)', async () => {
    expect(await headOf({ method: 'HEAD' }, LENGTH)).toMatchObject(LENGTH)
    expect(await headOf({}, { ...LENGTH, status: 304 })).toMatchObject(LENGTH)
    expect(await headOf({}, { ...LENGTH, status: 204 })).toMatchObject({ headers: [] })
  })

  test.each([
    ['one event', [LAST], [3]],
    ['several', [MORE, LAST], [undefined, undefined]],
    ['an empty one', [body('')], [0]],
  ])('the length of a body that is %s (HTTP-100)', async (_, events, totals) => {
    const scope = startHttp()
    await scope.send(START)
    for (const event of events) await scope.send(event)
    expect(dataOf(scope).map(({ total }) => total)).toEqual(totals)
  })

  test('is not told when it was declared, or trailers were', async () => {
    const declared = await withLength(3)
    await declared.send(LAST)
    expect(dataOf(declared)).toMatchObject([{ total: undefined, last: true }])
    const trailing = startHttp()
    await trailing.send({ ...START, trailers: true })
    await trailing.send(LAST)
    expect(dataOf(trailing)).toMatchObject([{ total: undefined, last: false }])
    await trailing.send(TRAILERS)
    expect(trailing.port.commands.at(-1)).toEqual({ type: 'end', trailers: TRAILERS.headers })
  })

  test('a refused handshake closes its connection (REF-10)', async () => {
    const scope = startWebSocket()
    await scope.send({ ...START, status: 403 })
    expect(scope.port.commands[0]).toMatchObject({ type: 'head', status: 403, close: true })
  })

  test('so does a refused stream, and no other one (REF-10)', async () => {
    const refused = startSse()
    await refused.send({ ...START, status: 403 })
    expect(refused.port.commands[0]).toMatchObject({ type: 'head', status: 403, close: true })
    const streaming = startSse()
    await streaming.send({ type: 'sse.start' })
    expect(streaming.port.commands[0]).toMatchObject({ type: 'head', status: 200, close: false })
  })

  test('connection-level headers are dropped, and that is logged (HTTP-86, HTTP-87)', async () => {
    const scope = startHttp()
    const headers = [
      ['connection', 'close'],
      ['te', 'x'],
      ['x-mine', '1'],
      ['keep-alive', '5'],
    ]
    await scope.send({ ...START, headers })
    expect(scope.port.commands[0]).toMatchObject({ headers: [['x-mine', '1']] })
    expect(scope.log.at('debug')).toEqual([expect.stringContaining('connection, te, keep-alive')])
  })
})

test('HEAD on every scope type sends the head only and completes as ever (HTTP-65, SSE-27)', async () => {
  const http = startHttp({ method: 'HEAD' })
  for (const event of [{ ...START, trailers: true }, MORE, LAST, TRAILERS]) await http.send(event)
  const sse = startSse({ method: 'HEAD' })
  for (const event of [SSE_START, SSE_DATA, SSE_CLOSE]) await sse.send(event)
  for (const { asked, connection } of [http, sse]) {
    expect(asked).toEqual(['head', 'end'])
    expect(connection.responseComplete).toBe(true)
  }
})

describe.each([
  ['http', startHttp],
  ['sse', startSse],
] as const)('the request body on %s', (type, start) => {
  const request = (piece: string, more: boolean) => ({
    type: `${type}.request`,
    body: bytes(piece),
    more,
  })

  test('none is one empty event, and the transport is not asked', async () => {
    const { receive, port } = start({ contentLength: 0 })
    port.pull = () => {
      throw new Error('asked')
    }
    expect(await receive()).toEqual(request('', false))
  })

  test('of a declared length ends with its last byte (HTTP-27)', async () => {
    const { receive, port } = start({ contentLength: 5 })
    port.write(bytes('abc'))
    port.write(bytes('de'))
    port.endBody()
    expect(await receive()).toEqual(request('abc', true))
    expect(await receive()).toEqual(request('de', false))
  })

  test('of unknown length ends with an empty event', async () => {
    const { receive, port } = start(POST)
    port.write(bytes('abc'))
    port.write(bytes(''))
    port.endBody()
    expect(await receive()).toEqual(request('abc', true))
    expect(await receive()).toEqual(request('', false))
  })

  test('is asked for piece by piece (HTTP-29)', async () => {
    const { receive, port } = start(POST)
    let pulls = 0
    const pull = port.pull.bind(port)
    port.pull = () => {
      pulls += 1
      pull()
    }
    for (const piece of ['a', 'b', 'c']) port.write(bytes(piece))
    expect(pulls).toBe(0)
    await receive()
    expect(pulls).toBe(1)
    await receive()
    expect(pulls).toBe(2)
  })

  test('several receives get one piece each, in order (CORE-17)', async () => {
    const { receive, port } = start(POST)
    const receives = [receive(), receive(), receive()]
    port.write(bytes('a'))
    port.write(bytes('b'))
    port.endBody()
    expect(await Promise.all(receives)).toEqual([
      request('a', true),
      request('b', true),
      request('', false),
    ])
  })
})

import { describe, expect, test } from 'vitest'
import type { HeaderList, HttpSendEvent } from '../../src/index.ts'
import { http } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import type { WireResponse } from '../support/response.ts'
import { get, start } from '../support/start.ts'

/** What these events make of a request. */
const answered = async (
  events: readonly HttpSendEvent[],
  request: string = get(),
): Promise<WireResponse> => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      for (const event of events) await send(event)
    }),
  )
  return ask(request)
}

const START = { type: 'http.response.start', status: 200 } as const
const body = (text: string, more = false): HttpSendEvent => ({
  type: 'http.response.body',
  body: text,
  more,
})

describe('framing', () => {
  test('a body of one event gets its length', async () => {
    const response = await answered([START, body('grüß dich')])
    expect([response.framing, textOf(response)]).toEqual(['length', 'grüß dich']) // HTTP-100
    expect(fieldOf(response, 'content-length')).toEqual(['11'])
  })

  test('an empty body has the length 0', async () => {
    const response = await answered([START, { type: 'http.response.body' }])
    expect([response.framing, fieldOf(response, 'content-length')]).toEqual(['length', ['0']])
  })

  test('several events without a length leave in chunks', async () => {
    const response = await answered([START, body('one ', true), body('', true), body('two')])
    expect([response.framing, textOf(response)]).toEqual(['chunked', 'one two']) // HTTP-83
    expect(fieldOf(response, 'content-length')).toEqual([])
  })

  test('a declared length is kept, and no chunking is added', async () => {
    const headers: HeaderList = [['content-length', '7']]
    const response = await answered([{ ...START, headers }, body('one ', true), body('two')])
    expect([response.framing, textOf(response)]).toEqual(['length', 'one two'])
    expect(fieldOf(response, 'transfer-encoding')).toEqual([])
  })

  test('a status without a reason phrase of its own is sent as it is', async () => {
    expect((await answered([{ ...START, status: 799 }, body('')])).status).toBe(799)
  })

  test('bytes, buffers and text all arrive as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
    for (const value of [bytes, bytes.buffer, Buffer.from(bytes)]) {
      const response = await answered([START, { type: 'http.response.body', body: value }])
      expect(response.body.equals(bytes)).toBe(true)
    }
  })

  test('many small pieces arrive in order', async () => {
    const pieces = Array.from({ length: 500 }, (_, at) => `${at},`)
    const response = await answered([START, ...pieces.map((text) => body(text, true)), body('end')])
    expect(textOf(response)).toBe(`${pieces.join('')}end`)
  })
})

describe('no body (HEAD, 204, 304)', () => {
  const HEAD = get().replace('GET', 'HEAD')
  const withLength: HeaderList = [['content-length', '3']]

  test('HEAD has the headers of GET, no body and no framing of its own', async () => {
    const { connect } = await start(
      http(async ({ method }, _receive, send) => {
        await send({ type: 'http.response.start', status: 200, headers: [['x-method', method]] })
        await send({ type: 'http.response.body', body: 'abc', more: true })
        await send({ type: 'http.response.body', body: 'def' })
      }),
    )
    const client = await connect()
    client.write(HEAD + get())
    const head = await readResponse(client, true)
    expect(fieldOf(head, 'x-method')).toEqual(['HEAD']) // HTTP-64
    expect(fieldOf(head, 'content-length')).toEqual([])
    expect(fieldOf(head, 'transfer-encoding')).toEqual([]) // HTTP-67
    expect(textOf(await readResponse(client))).toBe('abcdef') // HTTP-65: nothing was in between
  })

  test('HEAD passes the content-length through, and a body of another length is no error', async () => {
    const response = await answered([{ ...START, headers: withLength }, body('other')], HEAD)
    expect(fieldOf(response, 'content-length')).toEqual(['3']) // HTTP-66
  })

  test.each([204, 304])('%i sends neither body nor transfer-encoding', async (status) => {
    const { connect } = await start(
      http(async ({ path }, _receive, send) => {
        const headers = path === '/length' ? withLength : []
        await send({ type: 'http.response.start', status, headers })
        await send({ type: 'http.response.body', body: 'lost', more: true })
        await send({ type: 'http.response.body', body: 'lost' })
      }),
    )
    const client = await connect()
    client.write(get('/length') + get('/'))
    const declared = await readResponse(client)
    expect(declared.status).toBe(status)
    expect(fieldOf(declared, 'content-length')).toEqual(status === 204 ? [] : ['3']) // HTTP-63
    const plain = await readResponse(client)
    expect(fieldOf(plain, 'content-length')).toEqual([])
    expect(fieldOf(plain, 'transfer-encoding')).toEqual([])
    client.write(get('/')) // the connection is still good
    expect((await readResponse(client)).status).toBe(status)
  })
})

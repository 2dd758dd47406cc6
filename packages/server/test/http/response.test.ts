import { describe, expect, test } from 'vitest'
import type { Header, HeaderList, HttpSendEvent } from '../../src/index.ts'
import { codeOf, gate, http, nextTurn, respond } from '../support/apps.ts'
import { fieldOf, readChunk, readHead, readResponse, textOf } from '../support/response.ts'
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

describe('headers', () => {
  test('Date is added once, and not beside the application’s own', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const [date = ''] = fieldOf(await answered([START, body('')]), 'date')
    expect(Date.parse(date)).toBeGreaterThanOrEqual(before)
    expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    const own: Header = ['date', 'Thu, 01 Jan 1970 00:00:00 GMT']
    expect(fieldOf(await answered([{ ...START, headers: [own] }, body('')]), 'date')).toEqual([
      own[1],
    ]) // HTTP-82
  })

  test('duplicates leave as lines of their own, in order', async () => {
    const headers: HeaderList = [
      ['set-cookie', 'a=1; Path=/'],
      ['x', '1'],
      ['set-cookie', 'b=2'],
      ['x', '2'],
      ['set-cookie', 'a=3'],
    ]
    const response = await answered([{ ...START, headers }, body('')])
    expect(response.headers.slice(0, 5)).toEqual(headers) // HTTP-39
  })

  test('values are bytes, one code unit each', async () => {
    const response = await answered([{ ...START, headers: [['x', 'caf\xe9\tb\xff']] }, body('')])
    expect(fieldOf(response, 'x')).toEqual(['caf\xe9\tb\xff'])
  })

  test('the server’s own headers are not the application’s to say', async () => {
    const headers: HeaderList = [
      ['connection', 'close'],
      ['transfer-encoding', 'gzip'],
      ['keep-alive', 'timeout=9'],
      ['proxy-connection', 'x'],
      ['te', 'trailers'],
    ]
    const { connect, log } = await start(
      http(async (_scope, _receive, send) => respond(send, 'fine', headers)),
    )
    const client = await connect()
    client.write(get() + get())
    const response = await readResponse(client)
    expect(textOf(response)).toBe('fine')
    for (const name of ['transfer-encoding', 'te', 'proxy-connection'])
      expect(fieldOf(response, name)).toEqual([]) // HTTP-86
    expect(fieldOf(response, 'keep-alive')).not.toContain('timeout=9')
    expect(fieldOf(response, 'connection')).not.toContain('close')
    expect(textOf(await readResponse(client))).toBe('fine') // it did not close either
    expect(log.at('debug').join()).toContain('transfer-encoding') // HTTP-87
  })

  test('an upgrade header brings its connection header', async () => {
    const headers: HeaderList = [['upgrade', 'h2c']]
    const response = await answered([
      { type: 'http.response.start', status: 426, headers },
      body(''),
    ])
    expect(fieldOf(response, 'upgrade')).toEqual(['h2c'])
    expect(fieldOf(response, 'connection').join()).toMatch(/\bupgrade\b/i) // HTTP-88
    expect(fieldOf(response, 'connection')).toHaveLength(1)
  })

  const injections: readonly (readonly [string, Header])[] = [
    ['CR and LF in a value', ['x', 'a\r\nevil: 1']],
    ['a bare CR', ['x', 'a\rb']],
    ['a bare LF', ['x', 'a\nb']],
    ['NUL', ['x', 'a\0b']],
    ['LF at the end', ['x', 'a\n']],
    ['a name with a line end', ['x\r\nevil', '1']],
    ['a name with a blank', ['x y', '1']],
    ['a name with a colon', ['x:', '1']],
    ['an empty name', ['', '1']],
    ['an upper-case name', ['X', '1']],
    ['a code unit above 255', ['x', '\u0100']],
    ['a control character', ['x', 'a\x01b']],
  ]
  test.each(injections)('%s is refused and leaves no trace', async (_what, header) => {
    const code = gate<string | undefined>()
    const { ask } = await start(
      http(async (_scope, _receive, send) => {
        code.open(
          await codeOf(send({ type: 'http.response.start', status: 500, headers: [header] })),
        )
        await respond(send, 'clean', [['x-kept', 'yes']])
      }),
    )
    const response = await ask(get())
    expect(await code.promise).toBe('ERR_PAGI_INVALID_HEADER') // HTTP-37
    expect([response.status, textOf(response), fieldOf(response, 'x-kept')]).toEqual([
      200,
      'clean',
      ['yes'],
    ])
    expect(fieldOf(response, 'evil')).toEqual([])
  })
})

describe('flushing', () => {
  test('the head of a slow answer leaves within the turn', async () => {
    const go = gate()
    const { connect } = await start(
      http(async (_scope, _receive, send) => {
        await send(START)
        await go.promise
        await send({ type: 'http.response.body', body: 'late' })
      }),
    )
    const client = await connect()
    client.write(get())
    const head = await readHead(client)
    expect(head.headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')).toBe(true)
    go.open()
    expect(await readChunk(client)).toEqual(Buffer.from('late'))
  })

  test('http.fullflush sends the head at once', async () => {
    const go = gate()
    const { connect } = await start(
      http(async (_scope, _receive, send) => {
        await send(START)
        await send({ type: 'http.fullflush' })
        await go.promise
        await send({ type: 'http.response.body', body: 'late' })
      }),
    )
    const client = await connect()
    client.write(get())
    await readHead(client)
    go.open()
    expect(await readChunk(client)).toEqual(Buffer.from('late'))
  })

  test('each piece of a stream arrives before the next one is sent', async () => {
    const steps = [gate(), gate(), gate()]
    const { connect } = await start(
      http(async (_scope, _receive, send) => {
        await send(START)
        for (const [at, step] of steps.entries()) {
          await step.promise
          await send({ type: 'http.response.body', body: `piece ${at}`, more: true })
        }
        await send({ type: 'http.response.body' })
      }),
    )
    const client = await connect()
    client.write(get())
    await readHead(client)
    for (const [at, step] of steps.entries()) {
      step.open()
      expect(await readChunk(client)).toEqual(Buffer.from(`piece ${at}`))
    }
    expect(await readChunk(client)).toHaveLength(0)
  })

  test('the caller may change its bytes once the send has settled', async () => {
    const { ask } = await start(
      http(async (_scope, _receive, send) => {
        const bytes = Buffer.alloc(100 * 1024, 'a')
        const small = Buffer.from('small')
        await send(START)
        await send({ type: 'http.response.body', body: small, more: true })
        small.fill(0)
        await send({ type: 'http.response.body', body: bytes, more: true })
        bytes.fill(0)
        await nextTurn()
        await send({ type: 'http.response.body' })
      }),
    )
    expect(textOf(await ask(get()))).toBe(`small${'a'.repeat(100 * 1024)}`)
  })
})

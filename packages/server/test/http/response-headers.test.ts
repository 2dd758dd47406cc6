import { expect, test } from 'vitest'
import type { Header, HeaderList, HttpSendEvent } from '../../src/index.ts'
import { codeOf, gate, http, respond } from '../support/apps.ts'
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
  const response = await answered([{ type: 'http.response.start', status: 426, headers }, body('')])
  expect(fieldOf(response, 'upgrade')).toEqual(['h2c'])
  expect(fieldOf(response, 'connection').join()).toMatch(/\bupgrade\b/i) // HTTP-88
  expect(fieldOf(response, 'connection')).toHaveLength(1)
})

test('an upgrade header leaves a connection to its end that the client wants closed', async () => {
  const headers: HeaderList = [['upgrade', 'h2c']]
  const { connect } = await start(
    http(async (_scope, _receive, send) => respond(send, 'fine', headers)),
  )
  const client = await connect()
  client.write(get('/', 'connection: close'))
  const fields = fieldOf(await readResponse(client), 'connection').join()
  expect(fields.split(', ').toSorted()).toEqual(['close', 'upgrade'])
  expect(await client.end()).toBe('fin')
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
      code.open(await codeOf(send({ type: 'http.response.start', status: 500, headers: [header] })))
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

import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import type { HttpSendEvent } from '../../src/index.ts'
import { codeOf, eventually, gate, http, nextTurn, settled } from '../support/apps.ts'
import { readHead, textOf } from '../support/response.ts'
import { servedBody } from '../support/served-body.ts'
import { get, start } from '../support/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'pagi-handles-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

type BodyEvent = Extract<HttpSendEvent, { type: 'http.response.body' }>
type Source = NonNullable<BodyEvent['fh']>

const START = { type: 'http.response.start', status: 200 } as const

async function* generated(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('from ')
  yield Buffer.from('a generator')
}

test.each([
  ['an async iterable', () => generated(), 'from a generator'],
  ['a Readable', () => Readable.from([Buffer.from('from '), Buffer.from('node')]), 'from node'],
  ['a web stream', () => new Blob(['from the web']).stream(), 'from the web'],
])('%s is sent to its end', async (_what, make, expected) => {
  const response = await servedBody(() => ({ fh: make() }))
  expect([response.framing, textOf(response)]).toEqual(['chunked', expected])
  const declared = await servedBody(
    () => ({ fh: make() }),
    [['content-length', String(expected.length)]],
  )
  expect([declared.framing, textOf(declared)]).toEqual(['length', expected])
})

test('a FileHandle and a descriptor are read by position and left open', async () => {
  const handle = await open(await fileOf('handle.txt', 'a file handle'))
  const fd = openSync(join(folder, 'handle.txt'), 'r')
  for (const fh of [handle, fd]) {
    expect(textOf(await servedBody(() => ({ fh })))).toBe('a file handle')
    expect(textOf(await servedBody(() => ({ fh, offset: 2, length: 4 })))).toBe('file')
    expect(textOf(await servedBody(() => ({ fh, offset: 99 })))).toBe('')
  }
  expect((await handle.stat()).size).toBe(13) // HTTP-56
  await handle.close()
  closeSync(fd)
})

test('a Readable is not destroyed when the client goes away', async () => {
  const source = new PassThrough()
  const settledSend = gate()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', fh: source })
      settledSend.open()
    }),
  )
  const client = await connect()
  client.write(get())
  source.write('first')
  await client.until('first')
  client.reset()
  await settledSend.promise // CONN-43: although the source says nothing more
  source.write('answers the read under way')
  await nextTurn()
  expect(source.destroyed).toBe(false)
})

// HTTP-56, T-SETTLE: until its read has ended a handle is in use.
test('a send does not settle while a read of the application’s handle is under way', async () => {
  const reading = gate()
  const answer = gate()
  const order: string[] = []
  const settledSend = gate()
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, _receive, send) => {
      connection.onDisconnect(() => order.push('disconnected'))
      await send(START)
      const handle = {
        fd: -1,
        read: async () => {
          reading.open()
          await answer.promise
          order.push('read')
          return { bytesRead: 0 }
        },
      }
      await send({ type: 'http.response.body', fh: handle })
      order.push('settled')
      settledSend.open()
    }),
  )
  const client = await connect()
  client.write(get())
  await reading.promise
  client.reset()
  await eventually(() => order.length > 0)
  await settled(() => order.length)
  answer.open()
  await settledSend.promise
  expect(order).toEqual(['disconnected', 'read', 'settled'])
})

const refusals: readonly (readonly [string, () => Source, string])[] = [
  ['a closed descriptor', () => 987_654, 'ERR_PAGI_BODY_SOURCE'],
  ['a destroyed stream', () => new PassThrough().destroy(), 'ERR_PAGI_BODY_SOURCE'],
  ['chunks that are no bytes', () => Readable.from(['text']), 'ERR_PAGI_BODY_SOURCE'],
  [
    'a source that fails at once',
    () =>
      new Readable({
        read() {
          this.destroy(new Error('broken'))
        },
      }),
    'ERR_PAGI_BODY_SOURCE',
  ],
]
test.each(refusals)('%s is refused, and an inline body may follow', async (_what, make, code) => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      const refused = await codeOf(send({ type: 'http.response.body', fh: make() }))
      await send({ type: 'http.response.body', body: refused ?? 'accepted' })
    }),
  )
  expect(textOf(await ask(get()))).toBe(code)
})

test('an offset into what has no positions is refused', async () => {
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      const codes = [
        await codeOf(send({ type: 'http.response.body', fh: generated(), offset: 1 })),
        await codeOf(send({ type: 'http.response.body', fh: Readable.from([]), length: 1 })),
      ]
      await send({ type: 'http.response.body', body: codes.join() })
    }),
  )
  expect(textOf(await ask(get()))).toBe('ERR_PAGI_INVALID_EVENT,ERR_PAGI_INVALID_EVENT')
})

test('a source that fails midway leaves the response broken and cut short', async () => {
  const codes = gate<readonly (string | undefined)[]>()
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('the disk is gone')
      }
      codes.open([
        await codeOf(send({ type: 'http.response.body', fh: failing() })),
        await codeOf(send({ type: 'http.response.body', body: 'more' })),
      ])
    }),
  )
  const client = await connect()
  client.write(get())
  await readHead(client)
  expect(await client.rest()).toBe('4\r\nhalf\r\n')
  expect(await codes.promise).toEqual(['ERR_PAGI_BODY_SOURCE', 'ERR_PAGI_EVENT_ORDER'])
})

test('inline first, then a file: refused, and the response goes on', async () => {
  const file = await fileOf('late.txt', 'late')
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      await send({ type: 'http.response.body', body: 'inline ', more: true })
      const code = await codeOf(send({ type: 'http.response.body', file }))
      await send({ type: 'http.response.body', body: code ?? 'accepted' }) // HTTP-41
    }),
  )
  expect(textOf(await ask(get()))).toBe('inline ERR_PAGI_EVENT_ORDER')
})

test('trailers are due after a file as well', async () => {
  const file = await fileOf('with-trailers.txt', 'content')
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send({ ...START, trailers: true })
      await send({ type: 'http.response.body', file })
      await send({ type: 'http.response.trailers', headers: [['x-sum', '1']] })
    }),
  )
  const response = await ask(get())
  expect([textOf(response), response.trailers]).toEqual(['content', [['x-sum', '1']]])
})

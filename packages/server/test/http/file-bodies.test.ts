import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { codeOf, eventually, gate, http } from '../support/apps.ts'
import { fieldOf, readResponse, textOf } from '../support/response.ts'
import { servedBody } from '../support/served-body.ts'
import { get, start } from '../support/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'pagi-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const START = { type: 'http.response.start', status: 200 } as const

test('a path and a file: URL are sent with their length', async () => {
  const file = await fileOf('plain.txt', 'some text')
  for (const source of [file, pathToFileURL(file)]) {
    const response = await servedBody(() => ({ file: source }))
    expect([textOf(response), fieldOf(response, 'content-length')]).toEqual(['some text', ['9']])
  }
})

test.each([
  [{ offset: 5 }, 'text'],
  [{ length: 4 }, 'some'],
  [{ offset: 2, length: 3 }, 'me '],
  [{ offset: 5, length: 100 }, 'text'], // HTTP-49: what there is
  [{ offset: 9 }, ''],
  [{ offset: 900 }, ''], // HTTP-51
  [{ length: 0 }, ''],
  [{ more: true }, 'some text'], // HTTP-45: `more` is ignored
])('%j selects %j', async (slice, expected) => {
  const file = await fileOf('slice.txt', 'some text')
  expect(textOf(await servedBody(() => ({ file, ...slice })))).toBe(expected)
})

test('an empty file is an empty body', async () => {
  const file = await fileOf('empty.txt', '')
  const response = await servedBody(() => ({ file }))
  expect(fieldOf(response, 'content-length')).toEqual(['0'])
})

test('bytes stay bytes, over several reads', async () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 1_000_003 }, (_, at) => (at * 31) % 256))
  const file = await fileOf('large.bin', bytes)
  const response = await servedBody(() => ({ file }))
  expect(response.body.equals(bytes)).toBe(true)
  const declared = await servedBody(() => ({ file }), [['content-length', '1000003']])
  expect(declared.body.equals(bytes)).toBe(true)
})

test('HEAD sends the head only', async () => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send({ ...START, headers: [['content-length', '9']] })
      await send({ type: 'http.response.body', file: join(folder, 'not-even-there') })
    }),
  )
  const client = await connect()
  const head = get().replace('GET', 'HEAD')
  client.write(head + head)
  expect((await readResponse(client, true)).status).toBe(200)
  expect((await readResponse(client, true)).status).toBe(200)
})

test.each([
  ['a file that is not there', () => join(folder, 'nothing'), 'ERR_PAGI_BODY_SOURCE'],
  ['a folder', () => folder, 'ERR_PAGI_BODY_SOURCE'],
  ['a relative path', () => relative(process.cwd(), folder) || 'x', 'ERR_PAGI_INVALID_EVENT'],
  ['a URL of another scheme', () => new URL('http://127.0.0.1/x'), 'ERR_PAGI_INVALID_EVENT'],
])('%s is refused, and an inline body may still follow', async (_what, file, code) => {
  const { connect } = await start(
    http(async (_scope, _receive, send) => {
      await send(START)
      const refused = await codeOf(send({ type: 'http.response.body', file: file() }))
      await send({ type: 'http.response.body', body: refused ?? 'accepted' }) // HTTP-54
    }),
  )
  const client = await connect()
  client.write(get() + get())
  for (const _ of [1, 2]) expect(textOf(await readResponse(client))).toBe(code)
})

test('a length other than the declared one is refused before a byte is sent', async () => {
  const file = await fileOf('nine.txt', 'nine byte')
  const { ask } = await start(
    http(async (_scope, _receive, send) => {
      await send({ ...START, headers: [['content-length', '23']] })
      const code = await codeOf(send({ type: 'http.response.body', file }))
      await send({ type: 'http.response.body', body: code ?? 'accepted' })
    }),
  )
  expect(textOf(await ask(get()))).toBe('ERR_PAGI_CONTENT_LENGTH')
})

test.runIf(existsSync('/proc/self/fd'))(
  'the server closes what it opened when the client goes away',
  async () => {
    const file = await fileOf('leak.bin', Buffer.alloc(32 * 1024 * 1024))
    const done = gate()
    const { connect } = await start(
      http(async (_scope, _receive, send) => {
        await send(START)
        await send({ type: 'http.response.body', file })
        done.open()
      }),
    )
    const client = await connect()
    client.stall()
    client.write(get())
    await eventually(() => openFiles(file) === 1)
    client.reset()
    await done.promise
    await eventually(() => openFiles(file) === 0)
  },
)

const openFiles = (path: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  }).length

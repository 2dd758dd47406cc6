import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../src/index.ts'
import { leveledLog } from '../src/log.ts'
import { asciiJson, printable, visible } from '../src/printable.ts'
import { eventually, http } from './support/apps.ts'
import { get, LogBook, start } from './support/start.ts'

/** What an application may have made of what a client has sent. */
const FORGED = 'no user x\r\n[error] forged\n\x1b[2J\u202e\u2028\x9b\0'

test('levels: what is less important than asked for is not even described', () => {
  const levels = ['error', 'warn', 'info', 'debug'] as const
  for (const [at, level] of (['silent', ...levels] as const).entries()) {
    const book = new LogBook()
    const log = leveledLog(book, level)
    let described = 0
    const cause = { toString: () => `described ${++described}` }
    for (const name of levels) log[name](name, cause)
    expect(book.lines).toHaveLength(at)
    expect(described).toBe(at)
  }
})

describe('text', () => {
  test('what was thrown follows with its stack, and with its causes', () => {
    const book = new LogBook()
    const inner = new Error('refused')
    const error = new TypeError('no database', { cause: inner })
    leveledLog(book, 'info').error('http: the application failed', error)
    const [line = ''] = book.lines
    expect(line).toMatch(
      /^error: http: the application failed: TypeError: no database\n {4}at .*log\.test\.ts/,
    )
    expect(line).toMatch(/\n {4}caused by Error: refused\n {4}at .*log\.test\.ts/)
  })

  test('causes that go round end somewhere', () => {
    const book = new LogBook()
    const error = new Error('round')
    error.cause = error
    leveledLog(book, 'info').error('failed', error)
    expect(book.lines.join().match(/caused by/g)).toHaveLength(8)
  })

  test('what cannot be shown harms nobody', () => {
    const book = new LogBook()
    const log = leveledLog(book, 'info')
    log.error('failed', Object.create(null))
    log.error(
      'failed',
      Object.defineProperty(new Error('x'), 'cause', {
        get() {
          throw new Error('not even that')
        },
      }),
    )
    expect(book.lines).toEqual(Array(2).fill('error: failed: something that cannot be shown'))
  })

  test('nothing in it can look like a message, or drive a terminal', async () => {
    const { ask, log } = await start(
      http(async () => {
        throw new Error(FORGED)
      }),
    )
    await ask(get())
    await eventually(() => log.at('error').length > 0)
    const [line = ''] = log.lines.filter((one) => one.startsWith('error: '))
    expect(line).toContain(
      'Error: no user x\\x0D\n    [error] forged\n    \\x1B[2J\\u{202E}\\u{2028}\\x9B\\x00\n    at ',
    )
    expect(line).not.toMatch(/(?!\n)\p{Cc}|\n\S/u)
  })

  test('other text stays as it is', () => {
    const text = 'naïve: "é" \t 💥\n    at here\n  and there\n\nlast'
    expect(visible(text)).toBe(text)
    expect(printable(text)).toBe(text.replace('\nlast', '\n    last'))
  })
})

test('a logger that takes records gets the parts, as they are', async () => {
  const records: LogRecord[] = []
  const book = new LogBook()
  const record = (one: LogRecord): void => void records.push(one)
  const error = new Error(FORGED)
  const { ask } = await start(
    http(async () => {
      throw error
    }),
    { logger: Object.assign(book, { record }) },
  )
  await ask(get())
  await eventually(() => records.some(({ level }) => level === 'error'))
  expect(book.lines).toEqual([])
  expect(records.find(({ level }) => level === 'error')).toEqual({
    level: 'error',
    message: 'http: the application failed',
    error,
    stack: error.stack,
  })
  expect(records.find(({ level }) => level === 'info')?.message).toMatch(/^lifespan: not supported/)
})

test('JSON is one line of ASCII, and says the same', () => {
  const value = { text: FORGED, letters: 'é💥\ud800' }
  expect(asciiJson(value)).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(asciiJson(value))).toEqual(value)
})

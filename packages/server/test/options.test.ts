import { readFileSync } from 'node:fs'
import { isPagiError } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { OptionError, parseOption, resolveOptions, serverOptionNames } from '../src/options.ts'
import { flagOf, OPTIONS, optionNames, variablesOf } from '../src/options/table.ts'

/** What a program without types may pass. */
function untyped(options: unknown): unknown {
  try {
    return Reflect.apply(resolveOptions, undefined, [options])
  } catch (error) {
    return error instanceof OptionError ? error.message : error
  }
}

describe('options of a program', () => {
  test('all of them have a default', () => {
    expect(resolveOptions()).toEqual({
      port: 5000,
      host: '127.0.0.1',
      socket: '',
      socketMode: 0o660,
      listen: [{ kind: 'tcp', host: '127.0.0.1', port: 5000 }],
      ipv6Only: false,
      backlog: 511,
      env: 'production',
      lifespan: 'auto',
      lint: true,
      rootPath: '',
      logLevel: 'info',
      accessLog: false,
      accessLogFormat: 'common',
      maxBodySize: 10 * 1024 * 1024,
      maxUrlSize: 8 * 1024,
      maxHeaderSize: 16 * 1024,
      maxHeaderCount: 100,
      maxConnections: 10_000,
      maxRequestsPerConnection: 0,
      wsMaxPayload: 1024 * 1024,
      wsMaxQueue: 1000,
      receiveLimit: 100,
      startupTimeout: 30_000,
      shutdownTimeout: 30_000,
      closeTimeout: 10_000,
      keepAliveTimeout: 75_000,
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
      minBodyRate: 240,
      writeTimeout: 60_000,
      wsIdleTimeout: 0,
      sseIdleTimeout: 0,
      writeHighWatermark: 64 * 1024,
      writeLowWatermark: 16 * 1024,
    })
  })

  test('undefined means the default', () => {
    expect(resolveOptions({ port: undefined })).toEqual(resolveOptions({}))
  })

  test('sizes and durations are numbers, or text with a unit', () => {
    const options = resolveOptions({
      maxBodySize: '1.5kb',
      wsMaxPayload: 2000,
      shutdownTimeout: '5m',
      closeTimeout: 250,
    })
    expect(options).toMatchObject({
      maxBodySize: 1536,
      wsMaxPayload: 2000,
      shutdownTimeout: 300_000,
      closeTimeout: 250,
    })
  })

  test.each([
    [{ prot: 1 }, 'there is no option "prot": did you mean port?'],
    [{ wholly_else: 1 }, 'there is no option "wholly_else": see docs/reference/options.md'],
    [{ quiet: true }, 'there is no option "quiet": --quiet belongs to the command line'],
    [{ port: '80' }, 'port must be a port number from 0 to 65535, got "80"'],
    [{ port: 65_536 }, 'port must be a port number from 0 to 65535, got 65536'],
    [{ port: -1 }, 'port must be a port number from 0 to 65535, got -1'],
    [{ port: 1.5 }, 'port must be a port number from 0 to 65535, got 1.5'],
    [{ port: null }, 'port must be a port number from 0 to 65535, got null'],
    [{ host: '' }, 'host must be a host name or an address, got ""'],
    [{ backlog: 0 }, 'backlog must be a whole number, 1 or more, got 0'],
    [{ lifespan: 'off' }, 'lifespan must be one of auto, strict, got "off"'],
    [{ rootPath: 'api' }, /^rootPath must be empty, or a path such as \/api: .*, got "api"$/],
    [{ rootPath: '/api/' }, /^rootPath must be /],
    [{ rootPath: '/a?b' }, /^rootPath must be /],
    [{ rootPath: '/\uD800' }, /^rootPath must be /],
    [{ accessLog: 1 }, 'accessLog must be a file, - for standard output, or auto, got 1'],
    [{ accessLog: '' }, 'accessLog must be a file, - for standard output, or auto, got ""'],
    [
      { accessLogFormat: 'comon' },
      'accessLogFormat: "comon" is neither common, combined, tiny, json nor a text with atoms such as %h: did you mean common?',
    ],
    [
      { accessLogFormat: '%h %z' },
      'accessLogFormat: there is no atom %z, at character 4 of "%h %z"',
    ],
    [
      { startupTimeout: 0 },
      'startupTimeout must be a time such as 500ms, 30s, 5m or 1h, above 0, at most 24 days, got 0',
    ],
    [{ startupTimeout: Number.POSITIVE_INFINITY }, /^startupTimeout must be .*, got Infinity$/],
    [{ startupTimeout: '30' }, /^startupTimeout must be .*, got "30"$/],
    [{ shutdownTimeout: '600h' }, /^shutdownTimeout must be .* at most 24 days, got "600h"$/],
    [
      { maxBodySize: '10 mib' },
      'maxBodySize must be a size such as 512, 64kb, 10mb or 1gb (0: no limit), got "10 mib"',
    ],
    [{ maxBodySize: '1.5' }, /^maxBodySize must be /],
    [{ logger: {} }, 'logger must be an object with a method error, got an object without keys'],
    [
      { logger: { ...console, record: true } },
      /^logger must be an object whose record, if it has one, is a method, got /,
    ],
    [
      { writeLowWatermark: '128kb' },
      'writeLowWatermark must be at most writeHighWatermark, which is 64kb, got "128kb"',
    ],
  ])('%j is refused in words that name it', (given, message) => {
    if (typeof message === 'string') expect(untyped(given)).toBe(message)
    else expect(untyped(given)).toMatch(message)
  })

  test('a refusal carries its code and the option', () => {
    const error: unknown = (() => {
      try {
        return resolveOptions({ port: -1 })
      } catch (thrown) {
        return thrown
      }
    })()
    expect(isPagiError(error, 'ERR_PAGI_OPTION')).toBe(true)
    expect(error).toMatchObject({ name: 'OptionError', option: 'port' })
  })

  test('a default gives way to what was asked for', () => {
    expect(resolveOptions({ writeHighWatermark: '8kb' }).writeLowWatermark).toBe(8192)
  })
})

describe('the table of options', () => {
  test('a default is a value of its own option', () => {
    for (const name of optionNames()) {
      const row: { accept: (value: unknown) => unknown; default: unknown } = OPTIONS[name]
      expect([name, row.accept(row.default)]).toEqual([name, row.default])
    }
  })

  test('a value is shown in a form that is read as the same value', () => {
    for (const name of serverOptionNames()) {
      expect([name, parseOption(name, OPTIONS[name].defaultText, name)]).toEqual([
        name,
        OPTIONS[name].default,
      ])
    }
    const { show } = OPTIONS.maxBodySize
    expect([0, 1, 1000, 1024, 1536, 1024 ** 3].map(show)).toEqual([
      '0',
      '1',
      '1000',
      '1kb',
      '1536',
      '1gb',
    ])
    expect([0, 1, 1500, 90_000, 3_600_000].map(OPTIONS.bodyTimeout.show)).toEqual([
      '0',
      '1ms',
      '1500ms',
      '90s',
      '1h',
    ])
  })

  test('names make flags and variables', () => {
    expect(flagOf('maxBodySize')).toBe('--max-body-size')
    expect(variablesOf('maxBodySize')).toEqual(['PAGI_MAX_BODY_SIZE'])
    expect(variablesOf('port')).toEqual(['PAGI_PORT', 'PORT'])
    expect(variablesOf('host')).toEqual(['PAGI_HOST'])
    expect(variablesOf('env')).toEqual(['PAGI_ENV', 'NODE_ENV'])
    expect(variablesOf('help')).toEqual([])
  })

  test('no two options share a letter', () => {
    const letters = optionNames().flatMap((name) => OPTIONS[name].short ?? [])
    expect(new Set(letters).size).toBe(letters.length)
  })

  test('ServerOptions says of each option what the table says', () => {
    const source = readFileSync(new URL('../src/options.ts', import.meta.url), 'utf8')
    const [, body = ''] = /export interface ServerOptions \{\n(.*?)\n\}/s.exec(source) ?? []
    const documented = [...body.matchAll(/\/\*\* (.*) \*\/\n {2}readonly (\w+)\?/g)].map(
      ([, text, name]) => [name, text],
    )
    const expected = serverOptionNames().map((name) => {
      const { help, defaultText, expected: kind, requirement } = OPTIONS[name]
      const [zero = ''] = /0: [^)]*/.exec(kind) ?? []
      const initial = [defaultText || 'none', ...(zero === '' ? [] : [zero])].join('; ')
      const rule = requirement === undefined ? '' : ` ${requirement}.`
      return [name, `${help}. Default: ${initial}.${rule}`]
    })
    expect(documented.filter(([name]) => name !== 'logger')).toEqual(expected)
  })
})

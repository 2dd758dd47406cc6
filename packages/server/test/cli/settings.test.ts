import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/args.ts'
import { settingsOf } from '../../src/cli/settings.ts'
import type { CommandSettings, Environment } from '../../src/cli/settings.ts'
import { OptionError, resolveOptions } from '../../src/options.ts'

function settings(
  argv: string[],
  environment: Environment = {},
  terminal = false,
): CommandSettings {
  return settingsOf(parseArguments(argv), environment, terminal)
}

function refusal(argv: string[], environment: Environment = {}): string {
  try {
    settings(argv, environment)
    return 'accepted'
  } catch (error) {
    if (error instanceof OptionError) return error.message
    throw error
  }
}

describe('precedence', () => {
  test('a flag wins over its variable, PAGI_PORT over PORT, a variable over the default', () => {
    const all = { PAGI_PORT: '2', PORT: '3' }
    expect(settings(['-p', '1'], all).server.port).toBe(1)
    expect(settings([], all).server.port).toBe(2)
    expect(settings([], { PORT: '3' }).server.port).toBe(3)
    expect(settings([], {}).server.port).toBeUndefined()
  })

  test('an empty variable is one that is not set', () => {
    expect(settings([], { PAGI_PORT: '', PORT: '3' }).server.port).toBe(3)
  })

  test('HOST is not asked', () => {
    expect(settings([], { HOST: 'workstation' }).server.host).toBeUndefined()
    expect(settings([], { PAGI_HOST: '::1' }).server.host).toBe('::1')
  })

  test('addresses come from several flags, or from one variable with commas', () => {
    const { listen } = settings([
      '--listen',
      'a:1',
      '--listen=unix:/b',
      '--listen',
      'c:2,d:3',
    ]).server
    expect(listen).toBe('a:1,unix:/b,c:2,d:3')
    expect(settings([], { PAGI_LISTEN: 'a:1,b:2' }).server.listen).toBe('a:1,b:2')
    expect(settings(['--listen', 'c:3'], { PAGI_LISTEN: 'a:1' }).server.listen).toBe('c:3')
  })

  test('a flag that says where to listen silences the variables that say it otherwise', () => {
    const all = { PAGI_PORT: '1', PAGI_HOST: '::', PAGI_SOCKET: '/s', PAGI_LISTEN: 'a:1' }
    expect(settings(['--listen', 'b:2'], all).server).toMatchObject({
      listen: 'b:2',
      port: undefined,
      host: undefined,
      socket: undefined,
    })
    expect(settings(['--socket', '/t'], all).server).toMatchObject({
      socket: '/t',
      port: undefined,
      listen: undefined,
    })
    expect(settings(['-p', '3'], all).server).toMatchObject({
      port: 3,
      host: '::',
      socket: undefined,
    })
  })

  test('PORT, which is for everybody, gives way to our own variables; PAGI_PORT does not', () => {
    expect(settings([], { PORT: '1', PAGI_SOCKET: '/s' }).server).toMatchObject({
      socket: '/s',
      port: undefined,
    })
    expect(settings([], { PORT: '1', PAGI_LISTEN: 'a:1' }).server.port).toBeUndefined()
    expect(refusal([], { PAGI_PORT: '1', PAGI_SOCKET: '/s' })).toBe(
      'PAGI_SOCKET says where to listen, and so does PAGI_PORT: give every address by PAGI_LISTEN',
    )
  })

  test('sockets that systemd has handed to this process are taken where nobody says anything', () => {
    const handed = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1' }
    expect(settings([], handed).server.listen).toBe('systemd')
    expect(settings(['-p', '1'], handed).server.listen).toBeUndefined()
    expect(settings([], { ...handed, PORT: '1' }).server.listen).toBeUndefined()
    expect(settings([], { ...handed, LISTEN_PID: '1' }).server.listen).toBeUndefined()
    expect(settings([], { ...handed, LISTEN_FDS: '0' }).server.listen).toBeUndefined()
  })

  test('every kind of option can be a variable', () => {
    const environment = {
      PAGI_QUIET: '1',
      PAGI_LIFESPAN: 'strict',
      PAGI_MAX_BODY_SIZE: '1mb',
      PAGI_STARTUP_TIMEOUT: '5s',
      PAGI_RECEIVE_LIMIT: '0',
    }
    const { quiet, server } = settings([], environment)
    expect(quiet).toBe(true)
    expect(server).toMatchObject({
      lifespan: 'strict',
      maxBodySize: 1024 * 1024,
      startupTimeout: 5000,
      receiveLimit: 0,
    })
    expect(settings(['--no-quiet'], environment).quiet).toBe(false)
  })
})

describe('the environment', () => {
  test.each([
    [['-E', 'none'], { PAGI_ENV: 'production', NODE_ENV: 'development' }, false, 'none'],
    [[], { PAGI_ENV: 'development', NODE_ENV: 'production' }, false, 'development'],
    [[], { NODE_ENV: 'production' }, true, 'production'],
    [[], { NODE_ENV: 'test' }, true, 'development'],
    [[], {}, true, 'development'],
    [[], {}, false, 'production'],
  ])('%j with %j on a terminal (%j) is %s', (argv, environment, terminal, expected) => {
    const { env, server } = settings(argv, environment, terminal)
    expect([env, server.env]).toEqual([expected, expected])
  })
})

test('quiet leaves warnings and errors, unless a log level is asked for', () => {
  expect(settings([]).server.logLevel).toBe('info')
  expect(settings(['-q']).server.logLevel).toBe('warn')
  expect(settings(['-q', '--log-level', 'debug']).server.logLevel).toBe('debug')
})

describe('a value that is not acceptable is refused by the name it was given under', () => {
  test.each([
    [['--port', 'http'], {}, '--port must be a port number from 0 to 65535, got "http"'],
    [['-p', '99999'], {}, '-p must be a port number from 0 to 65535, got "99999"'],
    [[], { PORT: 'tcp://10.0.0.1:80' }, /^PORT must be a port number .*, got "tcp:/],
    [
      [],
      { PAGI_ENV: 'staging' },
      'PAGI_ENV must be one of development, production, none, got "staging"',
    ],
    [['--startup-timeout', '0'], {}, /^--startup-timeout must be a time .* above 0, .*, got "0"$/],
    [
      ['--startup-timeout', '30'],
      {},
      /^--startup-timeout must be a time such as 500ms, .*, got "30"$/,
    ],
    [[], { PAGI_QUIET: 'yes' }, 'PAGI_QUIET must be 1, true, 0 or false, got "yes"'],
    [
      ['--write-low-watermark', '1kb'],
      { PAGI_WRITE_HIGH_WATERMARK: '512' },
      '--write-low-watermark must be at most PAGI_WRITE_HIGH_WATERMARK, which is 512, got 1024',
    ],
    [
      ['--write-low-watermark', '1mb'],
      {},
      '--write-low-watermark must be at most --write-high-watermark, which is 64kb, got 1048576',
    ],
  ])('%j with %j', (argv, environment, message) => {
    if (typeof message === 'string') expect(refusal(argv, environment)).toBe(message)
    else expect(refusal(argv, environment)).toMatch(message)
  })
})

describe('the access log', () => {
  const asked = (argv: string[], environment: Environment = {}): unknown =>
    resolveOptions(settings(argv, environment).server).accessLog

  test.each([
    [[], {}, false],
    [['-E', 'development'], {}, true],
    [['-E', 'none'], {}, false],
    [['-E', 'development', '-q'], {}, false],
    [['-E', 'development', '--no-access-log'], {}, false],
    [['-E', 'development'], { PAGI_ACCESS_LOG: '0' }, false],
    [['-q', '--access-log', '-'], {}, '-'],
    [['--access-log', 'auto'], {}, false],
    [['--access-log=a.log'], { PAGI_ACCESS_LOG: 'b.log' }, 'a.log'],
    [[], { PAGI_ACCESS_LOG: '1' }, '-'],
    [['--no-access-log'], { PAGI_ACCESS_LOG: '1' }, false],
  ])('%j with %j goes to %j', (argv, environment, expected) => {
    expect(asked(argv, environment)).toBe(expected)
  })

  test('an atom that does not exist is refused by the name of the flag or the variable', () => {
    expect(refusal(['--access-log-format', '%h %z'])).toBe(
      '--access-log-format: there is no atom %z, at character 4 of "%h %z"',
    )
    expect(refusal([], { PAGI_ACCESS_LOG_FORMAT: '%' })).toBe(
      'PAGI_ACCESS_LOG_FORMAT: "%" at character 1 is no atom; a percent sign is %%',
    )
  })
})

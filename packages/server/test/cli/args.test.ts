import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/args.ts'
import { UsageError } from '../../src/cli/usage-error.ts'

function parse(...argv: string[]): unknown {
  const { app, appOptions, given } = parseArguments(argv)
  const options = Object.fromEntries([...given].map(([name, { text }]) => [name, text]))
  return { app, appOptions, options }
}

function refusal(...argv: string[]): string {
  try {
    parseArguments(argv)
    return 'accepted'
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

describe('options', () => {
  test.each([
    [['--port', '80']],
    [['--port=80']],
    [['-p', '80']],
    [['-p80']],
    [['--port', '1', '-p', '80']],
    [['-p', '1', '--port=80']],
  ])('%j is port 80', (argv) => {
    expect(parse(...argv)).toEqual({ app: undefined, appOptions: {}, options: { port: '80' } })
  })

  test('a value is all that follows the first equals sign', () => {
    expect(parse('--root-path=/a=b')).toMatchObject({ options: { rootPath: '/a=b' } })
    expect(parse('--root-path=')).toMatchObject({ options: { rootPath: '' } })
  })

  test('switches are given, negated and joined; the last one counts', () => {
    expect(parse('-q')).toMatchObject({ options: { quiet: 'true' } })
    expect(parse('--quiet', '--no-quiet')).toMatchObject({ options: { quiet: 'false' } })
    expect(parse('-qv')).toMatchObject({ options: { quiet: 'true', version: 'true' } })
    expect(parse('-qp80')).toMatchObject({ options: { quiet: 'true', port: '80' } })
    expect(parse('-qp', '80')).toMatchObject({ options: { quiet: 'true', port: '80' } })
  })

  test('options stand before and after the application', () => {
    expect(parse('-q', 'app.ts', '--port', '0')).toEqual({
      app: 'app.ts',
      appOptions: {},
      options: { quiet: 'true', port: '0' },
    })
  })

  test('how an option was written is remembered for messages', () => {
    const { given } = parseArguments(['-p', '1', '--host=::1'])
    expect(given.get('port')).toEqual({ text: '1', label: '-p' })
    expect(given.get('host')).toEqual({ text: '::1', label: '--host' })
  })

  test.each([
    [['--prot', '80'], 'unknown option --prot: did you mean --port?'],
    [['--prot=80'], 'unknown option --prot: did you mean --port?'],
    [['--maxBodySize', '1'], 'unknown option --maxBodySize: did you mean --max-body-size?'],
    [['-port', '80'], 'unknown option -port: did you mean --port?'],
    [['-port=80'], 'unknown option -port: did you mean --port?'],
    [['-x'], 'unknown option -x: see pagi-server --help'],
    [['-qx'], /^unknown option -x in -qx: /],
    [
      ['--wholly-different-thing'],
      'unknown option --wholly-different-thing: see pagi-server --help',
    ],
    [['--no-port'], /^unknown option --no-port: /],
    [['--no-help'], /^unknown option --no-help: /],
    [['--no-quite'], 'unknown option --no-quite: did you mean --no-quiet?'],
    [['--port'], '--port needs a value: --port <port>'],
    [['-p'], '-p needs a value: -p <port>'],
    [['--port', '--quiet'], '--port needs a value: --port <port>'],
    [['--port', '-1'], '--port needs a value: --port <port>'],
    [['--quiet=yes'], '--quiet takes no value, got yes'],
    [['--no-quiet=yes'], '--no-quiet takes no value, got yes'],
  ])('%j is refused in words that name it', (argv, message) => {
    if (typeof message === 'string') expect(refusal(...argv)).toBe(message)
    else expect(refusal(...argv)).toMatch(message)
  })
})

describe('the application and what it is made with', () => {
  test('the first argument is the application, the others are key=value', () => {
    expect(parse('app.ts', 'greeting=hi', 'a.b-c=', 'x=1=2')).toEqual({
      app: 'app.ts',
      appOptions: { greeting: 'hi', 'a.b-c': '', x: '1=2' },
      options: {},
    })
  })

  test('key=value needs no application before it', () => {
    expect(parse('greeting=hi')).toMatchObject({ app: undefined, appOptions: { greeting: 'hi' } })
  })

  test('a path with an equals sign is a path', () => {
    expect(parse('./a=b.ts')).toMatchObject({ app: './a=b.ts', appOptions: {} })
  })

  test('after -- nothing is an option', () => {
    expect(parse('-q', '--', '-app.ts', 'a=--port')).toEqual({
      app: '-app.ts',
      appOptions: { a: '--port' },
      options: { quiet: 'true' },
    })
  })

  test('a key of any name is an own property', () => {
    const { appOptions } = parseArguments(['app.ts', '__proto__=1'])
    expect(Object.keys(appOptions)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(appOptions)).toBe(Object.prototype)
  })

  test('a second application is refused', () => {
    expect(refusal('app.ts', 'b.ts')).toBe(
      'unexpected argument b.ts: after the application come key=value arguments for createApp(options)',
    )
  })
})

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Command, Folder } from './support.ts'

const HELLO = `
export default async function (scope, receive, send) {
  if (scope.type !== 'http') throw new Error('only http is served here')
  await send({ type: 'http.response.start', status: 200, headers: [] })
  await send({ type: 'http.response.body', body: process.env.PAGI_ENV + scope.root_path })
}`

/** Says what becomes of its lifespan; \`on\` is what it does then. */
const lifespan = (on: { startup?: string; shutdown?: string }): string => `
export default async function (scope, receive, send) {
  if (scope.type !== 'lifespan') throw new Error('only lifespan is served here')
  for (;;) {
    const { type } = await receive()
    console.log(type)
    if (type === 'lifespan.startup') {
      ${on.startup ?? ''}
      await send({ type: 'lifespan.startup.complete' })
    } else {
      ${on.shutdown ?? ''}
      await send({ type: 'lifespan.shutdown.complete' })
      return
    }
  }
}`

const FAILED = (phase: string, message: string): string =>
  `await send({ type: 'lifespan.${phase}.failed', message: '${message}' }); return`

/** Never goes on, though the event loop has something to do. */
const HANG = 'setInterval(() => {}, 1e6); await new Promise(() => {})'

let folder: Folder
const running: Command[] = []

function start(args: readonly string[], env?: Readonly<Record<string, string>>): Command {
  const command = new Command(folder, args, env)
  running.push(command)
  return command
}

beforeAll(() => {
  folder = new Folder({
    'hello.mjs': HELLO,
    'life.mjs': lifespan({}),
  })
})

afterEach(() => {
  for (const command of running.splice(0)) command.kill()
})

afterAll(() => folder.remove())

describe('without serving', () => {
  test('--help lists every group, and nothing is written to stderr', async () => {
    const { code, stdout, stderr } = await start(['--help']).ended
    expect([code, stderr]).toEqual([0, ''])
    for (const word of ['Listening:', 'Timeouts:', '-p, --port <port>', 'PAGI_PORT, PORT']) {
      expect(stdout).toContain(word)
    }
  })

  test('--version is one line', async () => {
    const { code, stdout, stderr } = await start(['app.ts', '-v']).ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^pagi-server \d+\.\d+\.\d+\S* \(PAGI 0\.5, Node\.js \d+\.\d+\.\d+\)\n$/)
  })

  test.each([
    [['--prot', '1'], 'pagi-server: unknown option --prot: did you mean --port?\n'],
    [['hello.mjs', '-p', 'x'], 'pagi-server: -p must be a port number from 0 to 65535, got "x"\n'],
    [
      ['hello.mjs', 'room=lobby'],
      'pagi-server: room=… is for createApp(options), but the application is the default export of hello.mjs\n',
    ],
  ])('wrong usage ends with 2: %j', async (args, stderr) => {
    expect(await start(args).ended).toMatchObject({ code: 2, stdout: '', stderr })
  })
})

describe('--check', () => {
  test('runs startup and shutdown, listens on nothing and ends with 0', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    try {
      const address = holder.address()
      const port = typeof address === 'object' && address !== null ? String(address.port) : ''
      const { code, stdout, stderr } = await start(['life.mjs', '--check', '-p', port]).ended
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toBe(
        'lifespan.startup\nlifespan.shutdown\nthe application loads, starts up and shuts down\n',
      )
    } finally {
      holder.close()
    }
  })

  test('an application without lifespan passes; --quiet prints nothing', async () => {
    const { code, stdout, stderr } = await start(['hello.mjs', '--check', '-q']).ended
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  })

  test.each([
    ['does not load', 'nowhere.mjs', [], 3, 'cannot load the application (discovery)'],
    ['refuses to start', 'refuses.mjs', [], 3, 'the application did not start: no database'],
    ['does not answer', 'hangs.mjs', ['--startup-timeout', '50ms'], 3, 'did not start'],
    ['has no lifespan, --lifespan strict', 'hello.mjs', ['--lifespan', 'strict'], 3, 'only http'],
    ['fails to shut down', 'stuck.mjs', [], 1, 'the application did not shut down: no exit'],
  ])('an application that %s: its exit code and why', async (_what, file, more, code, text) => {
    folder.write('refuses.mjs', lifespan({ startup: FAILED('startup', 'no database') }))
    folder.write('stuck.mjs', lifespan({ shutdown: FAILED('shutdown', 'no exit') }))
    folder.write('hangs.mjs', lifespan({ startup: HANG }))
    const ended = await start([file, '--check', ...more]).ended
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(text)
    expect(ended.stdout).not.toContain('starts up')
  })

  test('a signal ends it in the middle of the startup', async () => {
    folder.write('hangs.mjs', lifespan({ startup: HANG }))
    const command = start(['hangs.mjs', '--check'])
    await command.printed(/lifespan\.startup/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 143, signal: null })
  })
})

describe('serving', () => {
  test('one line tells where, and two SIGINTs at once end it with code 0', async () => {
    const command = start(['hello.mjs', '--port', '0', '--root-path', '/svc'])
    const response = await fetch(await command.url())
    expect([response.status, await response.text()]).toEqual([200, 'production/svc'])
    command.child.kill('SIGINT')
    command.child.kill('SIGINT')
    const { code, stdout, stderr } = await command.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^pagi-server \S+: http:\/\/127\.0\.0\.1:\d+ \(production\)$/m)
  })

  test('a flag, a variable and NODE_ENV choose the environment', async () => {
    const command = start(['hello.mjs', '-E', 'none'], { PAGI_PORT: '0', NODE_ENV: 'development' })
    expect(await (await fetch(await command.url())).text()).toBe('none')
    const other = start(['hello.mjs'], { PORT: '0', NODE_ENV: 'development' })
    expect(await (await fetch(await other.url())).text()).toBe('development')
  })

  test('-q prints nothing at all', async () => {
    const listening = "process.getActiveResourcesInfo().includes('TCPServerWrap')"
    const startup = `
      const stop = () => process.kill(process.pid, 'SIGTERM')
      const look = () => setImmediate(${listening} ? stop : look)
      look()`
    folder.write('quiet.mjs', lifespan({ startup }))
    const { code, stdout, stderr } = await start(['quiet.mjs', '-q', '-p0']).ended
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'lifespan.startup\nlifespan.shutdown\n',
      stderr: '',
    })
  })
})

describe('the application is', () => {
  const made = `
export function createApp(options) {
  console.log(JSON.stringify(options))
  return { toApp: () => { console.log('toApp'); process.exit(0) } }
}
export function admin() {}
console.log('loaded')`

  beforeAll(() => {
    folder.write('app.js', made)
    folder.write('web/src/app.mjs', made)
    folder.write(
      'node_modules/site/package.json',
      '{ "exports": { "./x": { "import": "./x.mjs" } } }',
    )
    folder.write('node_modules/site/x.mjs', made)
  })

  test.each([
    ['app.* of the folder', ['a=1', 'b=x=y'], 'loaded\n{"a":"1","b":"x=y"}\ntoApp\n'],
    ['found in a folder', ['web'], 'loaded\n{}\ntoApp\n'],
    ['found in an installed package', ['site/x', 'a=1'], 'loaded\n{"a":"1"}\ntoApp\n'],
    ['an export by its name', ['web:createApp'], 'loaded\n{}\ntoApp\n'],
  ])('%s', async (_, args, stdout) => {
    expect(await start(args).ended).toMatchObject({ code: 0, stdout, stderr: '' })
  })
})

describe('an application that does not load ends with 3 and names the stage', () => {
  test.each([
    ['gone.mjs', '', /\(discovery\): gone\.mjs: there is no such file/],
    [
      'no-such-package',
      '',
      /\(discovery\): there is no file or folder no-such-package here, and no package of that name/,
    ],
    [
      'a.mjs',
      'export const start = 1',
      /\(discovery\): a\.mjs has no default export, .* it exports start/,
    ],
    [
      'b.mjs',
      "throw new Error('no database')",
      /\(discovery\): b\.mjs could not be loaded\nError: no database\n.*b\.mjs:1:7/,
    ],
    [
      'c.mjs',
      "import './not-there.mjs'\nexport default 1",
      /c\.mjs could not be loaded\n.*not-there\.mjs' imported from .*c\.mjs/,
    ],
    [
      'd.mjs',
      'export const a = 1\nexport default = 2',
      /d\.mjs could not be loaded\nfile:.*d\.mjs:2:16\n/,
    ],
    ['e.mjs', "import './deep.mjs'", /e\.mjs could not be loaded\nfile:.*deep\.mjs:2:7\n/],
    ['f.cjs', 'const a = 1\nlet b = ;', /f\.cjs could not be loaded\n.*f\.cjs:2\n/],
    [
      'g.mjs',
      'export default class App {}',
      /\(construction\): the default export of g\.mjs is a class/,
    ],
    [
      'h.mjs',
      'export default { toApp() { throw new Error("no routes") } }',
      /\(toApp\): .*\nError: no routes/,
    ],
    ['i.mjs', 'export default { fetch() {} }', /\(validation\): .* is a \{ fetch \} application/],
    [
      'j.mjs',
      'await new Promise(() => {})',
      /\(construction\): it waits for something that will never happen/,
    ],
    [
      'k.mjs',
      'export default new Promise(() => {})',
      /it waits for something that will never happen/,
    ],
  ])('%s: %s', async (file, source, message) => {
    if (source !== '') folder.write(file, source)
    folder.write('deep.mjs', 'export const a = 1\nlet b c')
    const { code, stdout, stderr } = await start([file, '-p0']).ended
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(/^pagi-server: cannot load the application \(/)
    expect(stderr).toMatch(message)
  })
})

describe('starting', () => {
  test.each([
    [
      "await send({ type: 'lifespan.startup.failed', message: 'no database' }); return",
      [],
      /: no database\n/,
    ],
    ["throw new Error('not my thing')", ['--lifespan', 'strict'], /not my thing/],
    [HANG, ['--startup-timeout', '1ms'], /within 1 ms/],
  ])('an application that does not start ends with 3: %s', async (startup, args, message) => {
    folder.write('refuses.mjs', lifespan({ startup }))
    const { code, stderr } = await start(['refuses.mjs', '-p0', ...args]).ended
    expect(code).toBe(3)
    expect(stderr).toMatch(/^pagi-server: the application did not start: /)
    expect(stderr).toMatch(message)
  })

  test('a port in use ends with 4, after lifespan.shutdown, and says what to do', async () => {
    const holder = createServer()
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const { code, stdout, stderr } = await start(['life.mjs', '-p', String(port)]).ended
    holder.close()
    expect([code, stdout]).toEqual([4, 'lifespan.startup\nlifespan.shutdown\n'])
    expect(stderr).toBe(
      `pagi-server: cannot listen on 127.0.0.1 port ${port}: the port is in use. ` +
        'Take another one with --port, or --port 0 for any that is free\n',
    )
  })

  test('an address of another machine ends with 4', async () => {
    const { code, stderr } = await start(['hello.mjs', '-p0', '--host', '192.0.2.1']).ended
    expect(code).toBe(4)
    expect(stderr).toContain('this machine has no such address')
  })

  test('a signal while the module loads ends it', async () => {
    folder.write(
      'loading.mjs',
      "setInterval(() => {}, 1e6)\nconsole.log('loading')\nawait new Promise(() => {})",
    )
    const command = start(['loading.mjs'])
    await command.printed(/loading/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 143, stdout: 'loading\n', stderr: '' })
  })

  test('a signal while the application starts up ends it', async () => {
    folder.write('starting.mjs', lifespan({ startup: HANG }))
    const command = start(['starting.mjs', '-p0'])
    await command.printed(/lifespan\.startup/)
    command.child.kill('SIGINT')
    expect(await command.ended).toMatchObject({
      code: 130,
      stdout: 'lifespan.startup\n',
      stderr: '',
    })
  })

  test('a startup that ends soon after the signal is undone', async () => {
    folder.write(
      'slow.mjs',
      lifespan({
        startup: `setInterval(() => {}, 1e6); await new Promise((done) => process.once('SIGTERM', done))`,
      }),
    )
    const command = start(['slow.mjs', '-p0'])
    await command.printed(/lifespan\.startup/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({
      code: 143,
      stdout: 'lifespan.startup\nlifespan.shutdown\n',
    })
  })
})

describe('stopping', () => {
  test('SIGTERM runs lifespan.shutdown and ends with 0, whatever the application left open', async () => {
    folder.write('open.mjs', `setInterval(() => {}, 1e6)\n${lifespan({})}`)
    const command = start(['open.mjs', '-p0', '--log-level', 'debug'])
    await command.url()
    command.child.kill('SIGTERM')
    const { code, stdout, stderr } = await command.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/lifespan\.shutdown\n[^]*the application left open: .*Timeout/)
  })

  test.each([
    [
      "await send({ type: 'lifespan.shutdown.failed', message: 'still dirty' }); return",
      [],
      /still dirty/,
    ],
    ["throw new Error('still dirty')", [], /still dirty/],
    [HANG, ['--shutdown-timeout', '1ms'], /within 1 ms/],
  ])('a shutdown that fails ends with 1 (LIFE-26): %s', async (shutdown, args, message) => {
    folder.write('dirty.mjs', lifespan({ shutdown }))
    const command = start(['dirty.mjs', '-p0', ...args])
    await command.url()
    command.child.kill('SIGINT')
    const { code, stderr } = await command.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^pagi-server: the application did not shut down: /)
    expect(stderr).toMatch(message)
  })

  test('a second signal that comes when everything has stopped changes nothing', async () => {
    const shutdown = `
      setTimeout(() => {
        process.kill(process.pid, 'SIGINT')
        process.on('SIGINT', () => console.log('the twin came'))
      }, 10).unref()`
    folder.write('twin.mjs', lifespan({ shutdown }))
    const command = start(['twin.mjs', '-p0'])
    await command.url()
    command.child.kill('SIGINT')
    const { code, stdout } = await command.ended
    expect([code, stdout]).toEqual([0, expect.stringMatching(/shutdown\nthe twin came\n$/)])
  })

  test('a second signal, later than half a second, forces', async () => {
    // The application makes the clock jump after the first signal.
    const clock = `
const now = performance.now.bind(performance)
let shift = 0
performance.now = () => now() + shift
process.on('SIGINT', () => { shift += 501 })
setInterval(() => {}, 1e6)`
    folder.write('hangs.mjs', clock + lifespan({ shutdown: 'await new Promise(() => {})' }))
    const command = start(['hangs.mjs', '-p0'])
    await command.url()
    command.child.kill('SIGINT')
    await command.printed(/lifespan\.shutdown/)
    command.child.kill('SIGINT')
    expect(await command.ended).toMatchObject({ code: 130, stderr: '' })
  })
})

describe('an error that nothing caught', () => {
  const faulty = (fault: string): string => `
const life = (${lifespan({}).replace('export default', '').trim()})
export default async function (scope, receive, send) {
  if (scope.type === 'lifespan') return life(scope, receive, send)
  ${fault}
  await send({ type: 'http.response.start', status: 200, headers: [] })
  await send({ type: 'http.response.body', body: 'served' })
}`

  test.each([
    [
      "setTimeout(() => { throw new Error('of a timer') })",
      /thrown that nothing caught.*\nError: of a timer/,
    ],
    [
      "void Promise.reject(new Error('floating'))",
      /rejected and nothing handled it.*\nError: floating/,
    ],
    ['void Promise.reject(undefined)', /rejected and nothing handled it.*\n.*undefined/],
  ])('stops the server in good order and ends with 1: %s', async (fault, message) => {
    folder.write('faulty.mjs', faulty(fault))
    const command = start(['faulty.mjs', '-p0'])
    const response = await fetch(await command.url())
    expect(await response.text()).toBe('served')
    const { code, stdout, stderr } = await command.ended
    expect([code, stdout]).toEqual([1, expect.stringMatching(/lifespan\.shutdown\n$/)])
    expect(stderr).toMatch(message)
  })

  test('is for the application to judge, if it listens itself', async () => {
    const listener =
      "process.on('uncaughtException', (error) => console.log('mine:', error.message))\n"
    folder.write(
      'judge.mjs',
      listener + faulty("setTimeout(() => { throw new Error('of a timer') })"),
    )
    const command = start(['judge.mjs', '-p0'])
    const url = await command.url()
    await fetch(url)
    await command.printed(/mine: of a timer/)
    expect(await (await fetch(url)).text()).toBe('served')
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('while the application loads ends with 3', async () => {
    folder.write(
      'early.mjs',
      "setTimeout(() => { throw new Error('early') })\nawait new Promise(() => {})",
    )
    const { code, stderr } = await start(['early.mjs']).ended
    expect(code).toBe(3)
    expect(stderr).toContain('Error: early')
  })
})

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { SourceWatch } from '../../src/cli/source-watch.ts'
import { Command, Folder } from './support.ts'

const APP = `import { word } from './word.mjs'
export default async (scope, receive, send) => {
  if (scope.type === 'lifespan') {
    await receive()
    console.log('up ' + word)
    await send({ type: 'lifespan.startup.complete' })
    await receive()
    console.log('down ' + word)
    return send({ type: 'lifespan.shutdown.complete' })
  }
  if (scope.type === 'sse') {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: word })
    while ((await receive()).type !== 'sse.disconnect');
    return
  }
  await send({ type: 'http.response.start', status: 200 })
  await send({ type: 'http.response.body', body: word, more: scope.path === '/endless' })
  if (scope.path === '/endless') await new Promise(() => {})
  if (scope.path === '/crash') setImmediate(() => { throw new Error('crashed') })
}
`

const BROKEN = 'export const word ='

let folder: Folder

const write = (word: string): void => folder.write('word.mjs', `export const word = '${word}'`)

beforeEach(() => {
  folder = new Folder({ 'app.mjs': APP, 'word.mjs': `export const word = 'one'` })
})

afterEach(() => folder.remove())

function watching(...args: string[]): Command {
  const command = new Command(folder, ['app.mjs', '--port', '0', '--watch', ...args])
  onTestFinished(async () => {
    command.kill()
    await command.ended
  })
  return command
}

/** Where the program that says this word is served. */
async function urlOf(command: Command, word: string): Promise<string> {
  return await command.printed(new RegExp(`up ${word}\\n.*?(http://\\S+)`, 's'))
}

const ask = async (url: string): Promise<string> => await (await fetch(url)).text()

describe('--watch', () => {
  test('a change is served, once the program before it has shut down', async () => {
    const command = watching()
    expect(await ask(await urlOf(command, 'one'))).toBe('one')
    write('two')
    expect(await ask(await urlOf(command, 'two'))).toBe('two')
    expect(command.stdout).toMatch(/word\.mjs has changed\ndown one\nup two\n/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0, signal: null })
    expect(command.stdout).toMatch(/down two\n$/)
  })

  test('a mistake leaves the program before it serving, and is told of', async () => {
    const command = watching()
    const url = await urlOf(command, 'one')
    folder.write('word.mjs', BROKEN)
    await command.printed(/waiting for a change; what was there before is served/)
    expect(command.stderr).toMatch(/cannot load the application .*\n.*word\.mjs:1:/)
    expect(await ask(url)).toBe('one')
    write('two')
    expect(await ask(await urlOf(command, 'two'))).toBe('two')
  })

  test('a mistake there was from the beginning waits for a change', async () => {
    folder.write('word.mjs', BROKEN)
    const command = watching()
    await command.printed(/waiting for a change\n/)
    write('two')
    expect(await ask(await urlOf(command, 'two'))).toBe('two')
  })

  test('open streams, and responses without end, hold up nothing', async () => {
    const command = watching()
    const url = await urlOf(command, 'one')
    const leaving = new AbortController()
    onTestFinished(() => leaving.abort())
    const { signal } = leaving
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' }, signal })
    const endless = await fetch(`${url}/endless`, { signal })
    write('two')
    expect(await ask(await urlOf(command, 'two'))).toBe('two')
    await expect(stream.text()).rejects.toThrow('terminated')
    await expect(endless.text()).rejects.toThrow('terminated')
  })

  test('a program that crashes is started again at the next change', async () => {
    const command = watching()
    await ask(`${await urlOf(command, 'one')}/crash`)
    await command.printed(/waiting for a change\n/)
    expect(command.stderr).toContain('Error: crashed')
    write('two')
    expect(await ask(await urlOf(command, 'two'))).toBe('two')
  })

  test('the program ends with whoever watches it', async () => {
    const command = watching()
    const url = await urlOf(command, 'one')
    command.kill()
    await command.ended // both outputs are closed, so both processes have ended
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  test('the program is not told that it is watched', async () => {
    const env = `export const word = String(process.env.PAGI_WATCHED)`
    folder.write('word.mjs', env)
    expect(await ask(await urlOf(watching(), 'undefined'))).toBe('undefined')
  })

  test('together with --check it makes no sense', async () => {
    const { code, stderr } = await watching('--check').ended
    expect([code, stderr]).toEqual([
      2,
      'pagi-server: --check ends by itself, so there is nothing to --watch\n',
    ])
  })
})

describe('what is watched', () => {
  let root = ''
  let told: string[] = []
  let wake: () => void = () => {}
  let watch: SourceWatch

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-watch-')))
    for (const name of ['src', 'node_modules', '.git']) mkdirSync(join(root, name))
    put('src/a.ts')
    told = []
    watch = new SourceWatch(
      root,
      (path) => {
        told.push(path.slice(root.length + 1))
        wake()
      },
      (message) => {
        throw new Error(message)
      },
    )
  })

  afterEach(() => {
    watch.close()
    rmSync(root, { recursive: true })
  })

  function put(name: string, text = name): void {
    writeFileSync(join(root, name), text)
  }

  /** The next file that is told of, after something was done. */
  async function next(act: () => void): Promise<string | undefined> {
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    act()
    await woken
    return told.at(-1)
  }

  test('sources that change, appear and disappear, in new folders, too', async () => {
    expect(await next(() => put('src/a.ts', 'more'))).toBe(join('src', 'a.ts'))
    expect(await next(() => put('b.json'))).toBe('b.json')
    expect(await next(() => rmSync(join(root, 'b.json')))).toBe('b.json')
    const made = await next(() => {
      mkdirSync(join(root, 'src/new'))
      put('src/new/c.mts')
    })
    expect([join('src', 'new'), join('src', 'new', 'c.mts')]).toContain(made)
    expect(await next(() => put('src/new/c.mts', 'more'))).toBe(join('src', 'new', 'c.mts'))
  })

  test('what is installed, hidden or written by the program is none', async () => {
    put('node_modules/x.js')
    put('.git/x.js')
    put('data.sqlite')
    chmodSync(join(root, 'src/a.ts'), 0o600) // as a change it would be one of no content
    expect(await next(() => put('z.js'))).toBe('z.js')
    expect(told).toEqual(['z.js'])
  })

  test('changes that come close together are one', async () => {
    await next(() => {
      for (let count = 0; count < 20; count += 1) put('src/a.ts', String(count))
    })
    expect(told).toEqual([join('src', 'a.ts')])
  })
})

// `npm run test:terminal`: Ctrl-C on `npm start`, typed on a pseudo-terminal, with an event stream and
// a WebSocket open, where npm's `sh` is dash and where it is bash. Needs python3 for the terminal.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { get, request } from 'node:http'
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './setup/pnpm.mjs'

const ON_TERMINAL = fileURLToPath(new URL('terminal/on-terminal.py', import.meta.url))
const SHELLS = ['/bin/dash', '/bin/bash']
const LONGEST_END = 1000 // milliseconds
const BOUND = 120_000

/** @type {{ passed: number, failed: number, skipped: number }} */
const tally = { passed: 0, failed: 0, skipped: 0 }

/**
 * @param {string} what
 * @param {boolean} holds
 * @param {string} [seen]
 */
function check(what, holds, seen = '') {
  tally[holds ? 'passed' : 'failed'] += 1
  console.log(`${holds ? 'ok' : 'NOT OK'}  ${what}${seen === '' ? '' : `: ${seen}`}`)
}

/** @param {string} shell */
async function startOn(shell) {
  const npm = process.env['npm_execpath'] ?? ''
  const command = npm.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const args = ['start', '--', '--port', '0', '--log-level', 'debug']
  const child = spawn('python3', ['-B', ON_TERMINAL, ...command, ...args], {
    cwd: root,
    env: { ...process.env, npm_config_script_shell: shell },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  let over = false
  /** @type {Set<() => void>} */
  const watchers = new Set()
  child.on('exit', () => {
    over = true
    for (const watcher of watchers) watcher()
  })
  child.stdout.on('data', (/** @type {Buffer} */ data) => {
    text += data.toString('utf8')
    for (const watcher of watchers) watcher()
  })
  /** @param {RegExp} pattern */
  const seen = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`did not see ${pattern} within ${BOUND / 1000} s in:\n${text}`))
      }, BOUND)
      const look = () => {
        const match = pattern.exec(text)
        if (match === null && !over) return
        clearTimeout(timer)
        watchers.delete(look)
        if (match !== null) resolve(match)
        else reject(new Error(`did not see ${pattern} in:\n${text}`))
      }
      watchers.add(look)
      look()
    })
  return {
    seen,
    interrupt: () => child.stdin.write('interrupt\n'),
    get text() {
      return text
    },
  }
}

/**
 * Opens an event stream and a WebSocket, and resolves when both have begun.
 * @param {string} origin
 */
async function openStreams(origin) {
  const stream = await new Promise((resolve, reject) => {
    get(`${origin}/feed`, { headers: { accept: 'text/event-stream' } }, resolve).on('error', reject)
  })
  await new Promise((resolve) => {
    stream.once('data', resolve)
  })
  const socket = await new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    }
    const upgrade = request(`${origin}/chat`, { headers })
    upgrade.on('upgrade', (_response, opened) => resolve(opened))
    upgrade.on('response', (response) => reject(new Error(`/chat answered ${response.statusCode}`)))
    upgrade.on('error', reject)
    upgrade.end()
  })
  /** @type {Promise<string>} */
  const close = new Promise((resolve) => {
    socket.on('data', (/** @type {Buffer} */ frame) => {
      if ((frame.readUInt8(0) & 0x0f) !== 8) return
      const code = frame.subarray(2, 4)
      resolve(String(code.readUInt16BE(0)))
      socket.end(Buffer.concat([Buffer.from([0x88, 0x82, 0, 0, 0, 0]), code])) // masked with zeros
    })
    socket.on('close', () => resolve('none'))
  })
  const ended = new Promise((resolve) => {
    stream.on('close', () => resolve('ended'))
    stream.on('error', () => {})
    stream.resume()
  })
  return { close, ended }
}

/** @param {number} pid */
const alive = (pid) => spawnSync('ps', ['-o', 'pid=', '-p', String(pid)]).stdout.length > 0

/** @param {string} shell */
async function tryShell(shell) {
  console.log(`\n--- npm start, sh is ${shell}`)
  const terminal = await startOn(shell)
  const [, origin = ''] = await terminal.seen(/(http:\/\/127\.0\.0\.1:\d+)/)
  const port = new URL(origin).port
  const listing = spawnSync('sh', ['-c', `ss -ltnpH "sport = :${port}" 2>/dev/null`]).stdout
  const pid = Number(/pid=(\d+)/.exec(String(listing))?.[1] ?? 0)
  const { close, ended } = await openStreams(origin)
  terminal.interrupt()
  const [, , milliseconds] = await terminal.seen(/\nexit (-?\d+) (\d+)/)
  check(`ended within ${LONGEST_END} ms`, Number(milliseconds) <= LONGEST_END, `${milliseconds} ms`)
  check('the WebSocket was closed with 1012', (await close) === '1012', await close)
  check('the event stream ended', (await ended) === 'ended')
  check(
    'the application got lifespan.shutdown',
    /the application has shut down/.test(terminal.text),
  )
  const [, code] = /stopped, exit code (\d+)/.exec(terminal.text) ?? []
  check('the server’s own exit code is 0', code === '0', code ?? 'not said')
  if (pid > 0) check('its process is gone', !alive(pid), `pid ${pid}`)
}

const python = spawnSync('python3', ['--version']).status === 0
for (const shell of SHELLS) {
  if (python && existsSync(shell)) await tryShell(shell)
  else {
    tally.skipped += 1
    console.log(`\n--- not run: needs python3 and ${shell}`)
  }
}
console.log(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
if (tally.failed > 0 || tally.skipped > 0) process.exitCode = 1

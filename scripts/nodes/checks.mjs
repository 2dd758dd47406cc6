// What is checked in every folder on every Node. A further check is a further entry of CHECKS.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmScript, root } from '../setup/pnpm.mjs'
import { run, tool } from '../setup/run.mjs'
import { get, listen, talk } from './clients.mjs'
import { ServerProcess } from './process.mjs'

/** @typedef {import('./site.mjs').Site} Site */

/**
 * @typedef Check
 * @property {string} name
 * @property {(site: Site, names: readonly string[]) => Promise<void>} check
 */

/**
 * Starts the server, lets a check use it and makes sure nothing of it is left.
 *
 * @param {Site} site
 * @param {readonly string[]} args
 * @param {(server: ServerProcess, url: string) => Promise<void>} use
 */
async function withServer({ folder, node }, args, use) {
  const server = new ServerProcess(node.program, args, { cwd: folder, env: node.env })
  try {
    await use(server, await server.address())
    assert.equal(server.stderr, '', 'something was written to stderr')
  } finally {
    server.kill()
  }
}

const npx = (/** @type {string} */ app) => [npmScript('npx'), 'pagi-server', app, '--port', '0']

const IN_MEMORY = `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '@pagi/testing'

const app = async (scope, receive, send) => {
  if (scope.type === 'http') {
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body', file: process.cwd() + '/in-memory.test.mjs', length: 7 })
  } else if (scope.type === 'websocket') {
    await receive()
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.send', text: 'hello ' + (await receive()).text })
    await send({ type: 'websocket.close' })
  } else if (scope.type === 'sse') {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'hello' })
    await scope['pagi.connection'].ended
  } else throw new Error('no ' + scope.type)
}

test('every scope type in memory', async () => {
  const client = testApp(app)
  assert.equal((await client.get('/')).text(), '\\nimport')
  const socket = await client.websocket('/')
  socket.send('you')
  assert.equal(await socket.receive(), 'hello you')
  assert.equal((await socket.ended()).code, 1000)
  const stream = await client.sse('/')
  assert.equal((await stream.next()).data, 'hello')
  await client[Symbol.asyncDispose]()
  assert.equal(stream.exchange.reason, 'server_shutdown')
})
`

/** @type {readonly Check[]} */
export const CHECKS = [
  {
    name: 'require() of every package from CommonJS',
    async check({ folder, node }, names) {
      const lines = names.map(
        (name) =>
          `if (Object.keys(require('${name}')).length === 0) throw new Error('${name} is empty')`,
      )
      const { ok, output } = await run(
        node.program,
        ['--input-type=commonjs', '-e', lines.join('\n')],
        {
          cwd: folder,
          env: node.env,
        },
      )
      assert.equal(output, '')
      assert.ok(ok, 'the exit code is not 0')
    },
  },
  {
    name: 'npx pagi-server app.ts serves, and SIGINT ends it with code 0',
    async check(site) {
      await withServer(site, npx('app.ts'), async (server, url) => {
        const [version, pid] = (await get(url)).split(' ')
        assert.equal(version, site.node.version)
        assert.equal(await server.interrupt(Number(pid)), 0)
      })
    },
  },
  {
    name: 'http, sse and websocket, and Ctrl-C under npx with streams open leaves nothing',
    async check(site) {
      await withServer(site, npx('scopes.ts'), async (server, url) => {
        assert.match(await get(url), /^hello \d+$/)
        const events = await listen(url)
        const socket = await talk(url, 'you')
        try {
          assert.match(events.text, /^data: ?hello GET$/m)
          assert.equal(socket.text, 'hello you')
          await server.interrupt('group')
        } finally {
          events.close()
          socket.close()
        }
      })
    },
  },
  {
    name: 'pagi-server itself ends with code 0 on SIGINT',
    async check(site) {
      const bin = join('node_modules', '@pagi', 'server', 'bin', 'pagi-server.js')
      await withServer(site, [bin, 'scopes.ts', '--port', '0'], async (server, url) => {
        await get(url)
        assert.equal(await server.interrupt('group'), 0)
      })
    },
  },
  {
    name: 'node --test tests an application with @pagi/testing',
    async check({ folder, node }) {
      writeFileSync(join(folder, 'in-memory.test.mjs'), IN_MEMORY)
      const args = ['--test', '--test-reporter=tap', 'in-memory.test.mjs']
      const { ok, output } = await run(node.program, args, { cwd: folder, env: node.env })
      assert.ok(ok && /^# pass 1$/m.test(output), output)
    },
  },
]

/**
 * The conformance suite as it is published, against the server as it is published. It keeps every
 * processor busy, so nothing else runs beside it.
 *
 * @param {import('./site.mjs').Site} site
 * @param {readonly string[]} more arguments
 */
async function conforms({ folder, node }, more) {
  const target = readFileSync(join(root, 'pagi-conformance.json'), 'utf8')
    .replaceAll('"packages/server/', '"node_modules/@pagi/server/')
    .replaceAll('"conformance/', '"node_modules/pagi-conformance/')
  writeFileSync(join(folder, 'pagi-conformance.json'), target)
  const args = [npmScript('npx'), 'pagi-conformance', '--strict', ...more]
  const { ok, output } = await run(node.program, args, { cwd: folder, env: node.env })
  const totals = /(\d+) passed, 0 failed, 0 skipped in [\d.]+ s/.exec(output)
  assert.ok(ok && totals !== null && Number(totals[1]) > 0, output)
  console.log(`        ${totals[0]}`)
}

/** @type {Check} */
export const SUITE_CHECK = {
  name: 'npx pagi-conformance finds no fault with pagi-server',
  check: (site) => conforms(site, []),
}

const NO_OP = `
import { connectMiddleware } from '@pagi/legacy'
import probe from './node_modules/pagi-conformance/probe/probe.mjs'

export default connectMiddleware((req, res, next) => next())(probe)
`

/** @type {Check} */
export const NO_OP_CHECK = {
  name: 'npx pagi-conformance finds no fault behind Connect middleware that does nothing',
  async check(site) {
    writeFileSync(join(site.folder, 'no-op.mjs'), NO_OP)
    await conforms(site, ['--probe', 'no-op.mjs'])
  },
}

/** What a careful stranger has in tsconfig.json: strict, libraries checked too, no types of Node. */
const STRICT = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  types: [],
}

/**
 * Type checks do not depend on the Node they run on: once per folder is enough.
 *
 * @type {readonly Check[]}
 */
export const TYPE_CHECKS = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
].map((modules) => ({
  name: `a strict program using every scope type compiles, module ${modules.module}`,
  async check({ folder }) {
    const project = join(folder, `tsconfig.${modules.module}.json`)
    const settings = {
      compilerOptions: { ...STRICT, ...modules },
      files: ['every-scope.ts', 'in-memory.ts'],
    }
    writeFileSync(project, JSON.stringify(settings))
    const args = [tool('typescript', 'tsc'), '-p', project]
    const { ok, output } = await run(process.execPath, args, { cwd: folder })
    assert.ok(ok, output)
  },
}))

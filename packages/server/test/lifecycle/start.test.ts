import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Folder } from '../cli/support.ts'

/** Serves a request and a handshake of the built package, where ws cannot be loaded. */
const PROGRAM = `
import { register } from 'node:module'
import { request } from 'node:http'
register('./hooks.mjs', import.meta.url)
const { serve } = await import('@pagi/server')
const app = async (scope, receive, send) => {
  if (scope.type !== 'http') throw new Error('called')
  await send({ type: 'http.response.start', status: 200 })
  await send({ type: 'http.response.body', body: 'ok' })
}
const server = await serve(app, { port: 0, logLevel: 'error' })
const status = (headers) => new Promise((resolve, reject) => {
  const asked = request(server.url, { headers }, (response) => {
    response.resume()
    resolve(response.statusCode)
  })
  asked.on('error', reject)
  asked.end()
})
const upgrade = {
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}
console.log(await status({}), await status(upgrade), await status(upgrade), await status({}))
await server.close()
`
const HOOKS = `
export async function load(url, context, next) {
  if (/\\/ws\\/wrapper/.test(url)) throw new Error('not to be had')
  return next(url, context)
}
`

test('ws is loaded with the first handshake; where it cannot be, that is answered 500', async () => {
  const folder = new Folder({ 'program.mjs': PROGRAM, 'hooks.mjs': HOOKS })
  try {
    const run = promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder.path })
    const { stdout, stderr } = await run
    expect(stdout.trim()).toBe('200 500 500 200')
    expect(stderr.match(/websocket: ws cannot be loaded/g)).toHaveLength(2)
    expect(stderr).toContain('not to be had')
  } finally {
    folder.remove()
  }
})

// One short conversation per scope type.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../setup/pnpm.mjs'
import { within } from './process.mjs'

// A WebSocket client that is there on every Node: the one the server depends on.
/** @type {{ WebSocket: new (url: string) => import('node:events').EventEmitter & { send(text: string): void, terminate(): void } }} */
const { WebSocket } = createRequire(join(root, 'packages', 'server', 'package.json'))('ws')

/**
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function get(url) {
  const response = await within(fetch(url), () => `${url} did not answer`)
  assert.equal(response.status, 200)
  return within(response.text(), () => `${url} did not finish`)
}

/**
 * Opens an event stream and waits for the first event.
 *
 * @param {string} url
 * @returns {Promise<{ text: string, close: () => void }>} the stream stays open until closed
 */
export async function listen(url) {
  const stream = request(url, { headers: { accept: 'text/event-stream' } })
  stream.on('error', () => {}) // the server goes first: that is the point
  const first = async () => {
    stream.end()
    const [response] = await once(stream, 'response')
    assert.match(String(response.headers['content-type']), /^text\/event-stream/)
    response.on('error', () => {})
    let text = ''
    while (!text.includes('\n\n')) text += String((await once(response, 'data'))[0])
    response.resume()
    return text
  }
  const text = await within(first(), () => `no event from ${url}`)
  return { text, close: () => stream.destroy() }
}

/**
 * Opens a WebSocket, says something and waits for the answer.
 *
 * @param {string} url of the server, http:
 * @param {string} message
 * @returns {Promise<{ text: string, close: () => void }>} the socket stays open until closed
 */
export async function talk(url, message) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  const answer = async () => {
    await once(socket, 'open')
    socket.send(message)
    return String((await once(socket, 'message'))[0])
  }
  const text = await within(answer(), () => `no WebSocket message from ${url}`)
  return { text, close: () => socket.terminate() }
}

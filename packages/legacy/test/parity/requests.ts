import { pipeline } from 'node:stream/promises'
import type { Case } from './run.ts'

const KB = 1024

/** What a handler can do with its request. */
export const REQUESTS: Readonly<Record<string, Case>> = {
  'what a request says': {
    method: 'PATCH',
    path: '/a%2Fb/%E4?x=1&y=%20?z',
    headers: {
      'X-Twice': ['1', '2'],
      Cookie: 'a=1; b=2',
      'Content-Type': 'text/plain',
      Accept: 'text/html',
      'User-Agent': 'test',
    },
    body: 'hello',
    handler: (req, res, note) => {
      note([
        req.method,
        req.url,
        req.httpVersion,
        req.httpVersionMajor,
        req.httpVersionMinor,
        req.complete,
        req.aborted,
        req.rawHeaders
          .map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))
          .filter(portless),
        without(req.headers, 'host'),
        without(req.headersDistinct, 'host'),
        req.trailers,
        req.rawTrailers,
        req.readable,
        req.destroyed,
        req.statusCode,
        req.socket.remoteAddress,
        req.socket.remoteFamily,
        req.socket.localAddress,
        typeof req.socket.remotePort,
        Reflect.get(req.socket, 'encrypted') ?? 'not encrypted',
        req.socket.destroyed,
        req.socket.readable,
        req.socket.writable,
        req.socket.readyState,
        req.connection === req.socket,
        res.req === req,
        res.socket === req.socket,
        res.connection === req.socket,
      ])
      req.resume().on('end', () => {
        note([req.complete, req.readableEnded])
        res.end()
      })
    },
  },
  'one without a body': {
    handler: (req, res, note) => {
      note(req.complete)
      req.on('data', () => note('data'))
      req.on('end', () => {
        note(req.complete)
        res.end()
      })
    },
  },
  'a body by data': {
    method: 'POST',
    body: 'hello',
    handler: (req, res, note) => {
      req.on('data', (piece: Buffer) => note([Buffer.isBuffer(piece), piece.toString()]))
      req.on('end', () => res.end('got it'))
    },
  },
  'a body as text': {
    method: 'POST',
    body: 'héllo',
    handler: (req, res) => {
      req.setEncoding('utf8')
      let text = ''
      req.on('data', (piece: string) => (text += piece))
      req.on('end', () => res.end(text))
    },
  },
  'a body by readable': {
    method: 'POST',
    body: 'x'.repeat(200 * KB),
    handler: (req, res) => {
      let size = 0
      req.on('readable', () => {
        for (let piece = req.read(); piece !== null; piece = req.read()) size += piece.length
      })
      req.on('end', () => res.end(String(size)))
    },
  },
  'a body by iteration': {
    method: 'POST',
    body: 'x'.repeat(300 * KB),
    handler: async (req, res) => {
      let size = 0
      for await (const piece of req) size += piece.length
      res.end(String(size))
    },
  },
  'an iteration that stops early': {
    method: 'POST',
    body: 'x'.repeat(200 * KB),
    handler: async (req, res, note) => {
      for await (const piece of req) {
        note(piece.length > 0)
        break
      }
      note([req.destroyed, req.complete, res.destroyed])
      res.end('enough')
    },
  },
  'a body piped back': {
    method: 'POST',
    body: 'x'.repeat(500 * KB),
    handler: (req, res) => req.pipe(res),
  },
  'a body in a pipeline': {
    method: 'POST',
    body: 'x'.repeat(500 * KB),
    handler: (req, res) => pipeline(req, res),
  },
  'an empty body with a length': {
    method: 'POST',
    headers: { 'content-length': '0' },
    handler: (req, res) => req.pipe(res),
  },
  'a body in chunks': {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    drive: (req) => {
      req.write('one ')
      setImmediate(() => req.end('two'))
    },
    handler: (req, res) => req.pipe(res),
  },
  'a body nobody reads': {
    method: 'POST',
    body: 'hello',
    unordered: true,
    handler: (_req, res) => res.end('not interested'),
  },
  'a body thrown away': {
    method: 'POST',
    body: 'hello',
    handler: (req, res) => {
      req.resume()
      req.on('end', () => res.end('thrown away'))
    },
  },
  'a response before the body is read': {
    method: 'POST',
    headers: { 'content-length': String(200 * KB) },
    unordered: true,
    drive: (req) => {
      req.write('x'.repeat(KB))
      req.on('response', () => req.end('x'.repeat(199 * KB)))
    },
    handler: (req, res, note) => {
      let size = 0
      req.on('data', (piece: Buffer) => (size += piece.length))
      req.on('end', () => note(size))
      req.once('data', () => res.end('early'))
    },
  },
  'a response before the body, piped slowly': {
    method: 'POST',
    body: 'x'.repeat(300 * KB),
    unordered: true,
    handler: async (req, res, note) => {
      res.end('early')
      let size = 0
      for await (const piece of req) {
        size += piece.length
        await new Promise((resolve) => setImmediate(resolve))
      }
      note(size)
    },
  },
  'a pause': {
    method: 'POST',
    body: 'hello',
    handler: (req, res, note) => {
      req.pause()
      req.on('data', (piece: Buffer) => note(piece.toString()))
      req.on('end', () => res.end())
      note(req.isPaused())
      setImmediate(() => req.resume())
    },
  },
  'an expectation, met by reading': {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': '5' },
    drive: (req) => {
      req.on('continue', () => req.end('hello'))
      req.flushHeaders()
    },
    handler: (req, res) => req.pipe(res),
  },
  'trailers of the request are not delivered, but its end is': {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    drive: (req) => {
      req.write('x')
      req.end()
    },
    handler: (req, res, note) => {
      req.resume().on('end', () => {
        note(req.rawTrailers)
        res.end()
      })
    },
  },
  'OPTIONS *': { method: 'OPTIONS', path: '*', handler: (req, res) => res.end(req.url) },
  'a path of slashes': { path: '//a///b/../c', handler: (req, res) => res.end(req.url) },
  'a query': { path: '/?a?b', handler: (req, res) => res.end(req.url) },
}

const portless = (text: string): boolean => !/^(127\.0\.0\.1:\d+|host)$/.test(text)

const without = (headers: object, name: string): object => ({ ...headers, [name]: undefined })

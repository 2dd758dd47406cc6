import type { Case } from './run.ts'

const COOKIES = ['a=1', 'b=2']

/** Every way to say a head. */
export const HEADS: Readonly<Record<string, Case>> = {
  setHeader: {
    handler: (_req, res) => {
      res.setHeader('X-Case', 'Kept')
      res.setHeader('x-number', 5)
      res.setHeader('x-list', ['1', '2'])
      res.setHeader('Set-Cookie', COOKIES)
      res.setHeader('x-latin1', 'é')
      res.setHeader('x-gone', '1')
      res.removeHeader('X-Gone')
      res.end('x')
    },
  },
  'bytes beyond ASCII before bytes': {
    handler: (_req, res) => {
      res.setHeader('x-latin1', 'é')
      res.end(Buffer.from('x'))
    },
  },
  'bytes beyond ASCII before nothing': {
    handler: (_req, res) => {
      res.setHeader('x-latin1', 'é')
      res.end()
    },
  },
  'bytes beyond ASCII on their own': {
    handler: (_req, res) => {
      res.setHeader('x-latin1', 'é')
      res.flushHeaders()
      setImmediate(() => res.end())
    },
  },
  'what it says of them': {
    handler: (_req, res, note) => {
      res.setHeader('X-Case', 'Kept')
      res.appendHeader('x-case', 'twice')
      res.appendHeader('Set-Cookie', COOKIES)
      note([
        res.getHeader('x-CASE'),
        res.hasHeader('x-none'),
        res.getHeaderNames(),
        res.getHeaders(),
      ])
      res.end()
    },
  },
  setHeaders: {
    handler: (_req, res) => {
      res.setHeaders(
        new Headers([
          ['x-one', '1'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ]),
      )
      res.setHeaders(new Map([['x-two', '2']]))
      res.end()
    },
  },
  'writeHead with a status': { handler: (_req, res) => res.writeHead(201).end() },
  'writeHead with a phrase': { handler: (_req, res) => res.writeHead(201, 'Made').end() },
  'writeHead with an object': {
    handler: (_req, res) =>
      res
        .writeHead(200, { 'Content-Type': 'text/plain', 'Set-Cookie': COOKIES, 'X-N': 1 })
        .end('x'),
  },
  'writeHead with a phrase and an object': {
    handler: (_req, res) => res.writeHead(200, 'Fine', { 'content-length': '1' }).end('x'),
  },
  'writeHead with a flat list': {
    handler: (_req, res) =>
      res.writeHead(200, ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'a=1']).end('x'),
  },
  'writeHead after setHeader': {
    handler: (_req, res) => {
      res.setHeader('x-set', '1')
      res.setHeader('x-both', 'set')
      res.writeHead(200, { 'x-both': 'head', 'x-head': '1' })
      res.end('x')
    },
  },
  'writeHead with a list after setHeader': {
    handler: (_req, res) => {
      res.setHeader('x-both', 'set')
      res.writeHead(200, ['x-both', 'head', 'set-cookie', 'a=1'])
      res.end('x')
    },
  },
  'an implied head': {
    handler: (_req, res) => {
      res.statusCode = 203
      res.write('x')
      res.end()
    },
  },
  'a date of its own': {
    handler: (_req, res) => {
      res.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT')
      res.end()
    },
  },
  'fields of the connection': {
    headers: { connection: 'close' },
    handler: (_req, res) => {
      res.setHeader('connection', 'close')
      res.end('x')
    },
  },
  'a disposition with a length': {
    handler: (_req, res) => {
      res.setHeader('content-disposition', 'attachment; filename="ä.txt"')
      res.end('x')
    },
  },
}

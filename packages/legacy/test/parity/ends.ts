import type { IncomingMessage } from 'node:http'
import { PassThrough, pipeline } from 'node:stream'
import { codeOf } from './run.ts'
import type { Case } from './run.ts'

const leave: Case['take'] = (_res, req) => void req.destroy()

/** What becomes of the socket, among the rest. */
const watchSocket = ({ socket }: IncomingMessage, note: (what: unknown) => void): void => {
  socket.on('error', (error) => note(`socket error${codeOf(error)}`))
  socket.on('close', (hadError) => note(`socket close ${hadError}`))
}

/** Ends before the end. */
export const ENDS: Readonly<Record<string, Case>> = {
  'the client leaves before the answer': {
    leaveAt: 'called',
    handler: (_req, _res, note) => note('called'),
  },
  'the client leaves during the answer': {
    take: leave,
    handler: (_req, res) => res.write('first'),
  },
  'the client leaves, and the handler goes on': {
    take: leave,
    handler: (_req, res, note) => {
      res.write('first')
      res.on('close', () => {
        note([
          res.write('x', (error) => note(error !== undefined)),
          res.destroyed,
          res.writableEnded,
        ])
        res.end('y')
        note([res.writableEnded, res.writableFinished])
      })
    },
  },
  'the client leaves before the head, and the handler answers': {
    leaveAt: 'called',
    handler: (_req, res, note) => {
      note('called')
      res.on('close', () => {
        res.setHeader('x', '1')
        res.end('too late')
        note([res.headersSent, res.writableEnded, res.writableFinished])
      })
    },
  },
  'the client leaves in the middle of its body': {
    method: 'POST',
    headers: { 'content-length': '100' },
    drive: (req) => void req.write('only this'),
    leaveAt: 'data',
    handler: (req, _res, note) => {
      req.on('data', () => note('data'))
      req.on('close', () => note([req.complete, req.aborted, req.destroyed, req.errored !== null]))
    },
  },
  'the client leaves in the middle of its body, which is piped back': {
    method: 'POST',
    headers: { 'content-length': '100' },
    drive: (req) => void req.write('only this'),
    take: leave,
    unordered: true,
    handler: (req, res) => req.pipe(res),
  },
  'the client breaks the framing of its body': {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    drive: (req) => req.flushHeaders(),
    take: (_res, req) => void req.socket?.write('W\r\n'),
    handler: (req, res, note) => {
      watchSocket(req, note)
      req.resume()
      res.write('first')
    },
  },
  'the response is destroyed': { handler: (_req, res) => res.destroy() },
  'the response is destroyed with an error': {
    handler: (_req, res) => res.destroy(new Error('broken')),
  },
  'the response is destroyed on its way': {
    handler: (_req, res) => {
      res.write('half', () => res.destroy())
    },
  },
  'the request is destroyed': { handler: (req) => req.destroy() },
  'the request is destroyed with an error': {
    handler: (req) => req.destroy(new Error('enough')),
  },
  'the body of the response fails in a pipeline': {
    handler: (req, res, note) => {
      watchSocket(req, note)
      req.on('error', () => note('request error'))
      const body = new PassThrough()
      pipeline(body, res, (error) => note(`pipeline${codeOf(error)}`))
      setImmediate(() => body.destroy(new Error('broken')))
    },
  },
  'the socket is destroyed with an error': {
    handler: (req, _res, note) => {
      req.socket.destroy(new Error('broken'))
      watchSocket(req, note)
    },
  },
  'the socket is destroyed with an error nobody hears': {
    handler: (req) => req.socket.destroy(new Error('broken')),
  },
  'the socket is destroyed': { handler: (req) => req.socket.destroy() },
  'the request is destroyed behind the answer': {
    method: 'POST',
    headers: { 'content-length': '100000' },
    unordered: true,
    drive: (req) => void req.write('x'.repeat(1000)),
    handler: (req, res) => {
      res.statusCode = 413
      res.setHeader('connection', 'close')
      res.end('too large', () => req.destroy())
    },
  },
  'a timeout that is heard': {
    handler: (req, res, note) => {
      req.setTimeout(5, () => note('request'))
      res.setTimeout(5, () => {
        note('response')
        res.end('late')
      })
      note(req.complete)
    },
  },
  'a timeout nobody hears': {
    handler: (req) => req.socket.setTimeout(5),
  },
  'a timeout that is taken back': {
    handler: (_req, res, note) => {
      res.setTimeout(5, () => note('timeout'))
      res.setTimeout(0)
      setTimeout(() => res.end('in time'), 20)
    },
  },
}

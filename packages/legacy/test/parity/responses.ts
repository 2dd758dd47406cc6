import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Case } from './run.ts'

const later = (run: () => void): void => void setImmediate(run)

/** What a handler can do to its response. */
export const RESPONSES: Readonly<Record<string, Case>> = {
  'end with text': { handler: (_req, res) => res.end('héllo') },
  'end with bytes': { handler: (_req, res) => res.end(Buffer.from([0, 255, 10])) },
  'end with nothing': { handler: (_req, res) => res.end() },
  'end with an encoding': { handler: (_req, res) => res.end('aGVsbG8=', 'base64') },
  'end with a callback': {
    handler: (_req, res, note) =>
      res.end('x', () => note(`called, finished ${res.writableFinished}`)),
  },
  'end later': { handler: (_req, res) => later(() => res.end('later')) },
  'a status': {
    handler: (_req, res) => {
      res.statusCode = 418
      res.statusMessage = 'Short and stout'
      res.end('teapot')
    },
  },
  'pieces of unknown length': {
    handler: (_req, res) => {
      res.write('one ')
      res.write(Buffer.from('two '))
      res.end('three')
    },
  },
  'pieces, each in its time': {
    handler: (_req, res) => {
      res.write('one ')
      later(() => {
        res.write('two ')
        later(() => res.end())
      })
    },
  },
  'pieces in encodings': {
    handler: (_req, res) => {
      res.write('ÿ', 'latin1')
      res.write('ff00', 'hex')
      res.write('ab', 'utf16le')
      res.write('ü\ud800', 'utf8')
      res.end('/w', 'base64url')
    },
  },
  'empty pieces': {
    handler: (_req, res) => {
      res.write('')
      res.write(Buffer.alloc(0))
      res.write('x')
      res.end('')
    },
  },
  'pieces of known length': {
    handler: (_req, res) => {
      res.setHeader('Content-Length', 7)
      res.write('one')
      later(() => res.end(' two'))
    },
  },
  'write callbacks': {
    handler: (_req, res, note) => {
      res.write('a', () => note('a'))
      res.write('b', 'latin1', () => note('b'))
      res.end('c', () => note('c'))
    },
  },
  'the head first': {
    handler: (_req, res, note) => {
      res.setHeader('x-early', '1')
      res.flushHeaders()
      note(res.headersSent)
      later(() => res.end('body'))
    },
  },
  'the head first, no body': {
    handler: (_req, res) => {
      res.statusCode = 204
      res.flushHeaders()
      later(() => res.end())
    },
  },
  HEAD: { method: 'HEAD', handler: (_req, res) => res.end('not sent') },
  'HEAD with a length': {
    method: 'HEAD',
    handler: (_req, res) => {
      res.setHeader('content-length', 500)
      res.end()
    },
  },
  'HEAD in pieces': {
    method: 'HEAD',
    handler: (_req, res, note) => {
      note(res.write('not', () => note('written')))
      res.end('sent')
    },
  },
  'a 204 with a body': {
    handler: (_req, res) => {
      res.statusCode = 204
      res.end('not sent')
    },
  },
  'a 304 with fields': {
    handler: (_req, res) => {
      res.writeHead(304, { etag: '"1"', 'content-type': 'text/plain' })
      res.end()
    },
  },
  'a 426 with upgrade': {
    handler: (_req, res) => {
      res.writeHead(426, { upgrade: 'websocket' })
      res.end('upgrade')
    },
  },
  'chunked by the handler': {
    handler: (_req, res) => {
      res.setHeader('Transfer-Encoding', 'chunked')
      res.end('chunks')
    },
  },
  'without length and chunks': {
    handler: (_req, res) => {
      res.removeHeader('transfer-encoding')
      res.removeHeader('content-length')
      res.setHeader('connection', 'close')
      res.write('a')
      res.end('b')
    },
    headers: { connection: 'close' },
  },
  cork: {
    handler: (_req, res) => {
      res.cork()
      res.write('a')
      res.write('b')
      res.uncork()
      later(() => res.end('c'))
    },
  },
  'a readable piped in': { handler: (_req, res) => Readable.from(['x', 'y', 'z']).pipe(res) },
  'a pipeline': {
    handler: async (_req, res, note) => {
      await pipeline(Readable.from([Buffer.alloc(100_000, 97), Buffer.alloc(5, 98)]), res)
      note('done')
    },
  },
  'a pipeline whose source fails': {
    handler: async (_req, res, note) => {
      async function* pieces(): AsyncGenerator<string> {
        yield 'half'
        throw new Error('the other half is missing')
      }
      await pipeline(Readable.from(pieces()), res).catch((error: Error) => note(error.message))
    },
  },
  'a megabyte': {
    handler: (_req, res) => res.end(Buffer.alloc(1_000_000, 'x')),
  },
  'a megabyte in pieces, drain by drain': {
    handler: (_req, res, note) => {
      const piece = Buffer.alloc(50_000, 'x')
      let left = 20
      let waits = 0
      const more = (): void => {
        while (left > 0) {
          left -= 1
          if (res.write(piece)) continue
          waits += 1
          res.once('drain', more)
          return
        }
        note(waits > 0)
        res.end()
      }
      more()
    },
  },
  'write tells of a full buffer, and drain of room': {
    handler: (_req, res, note) => {
      note(res.writableNeedDrain)
      note(res.write(Buffer.alloc(res.writableHighWaterMark * 2)))
      note(res.writableNeedDrain)
      res.on('drain', () => {
        note(`drain ${res.writableNeedDrain} ${res.writableLength}`)
        res.end()
      })
    },
  },
  'what can be seen on the way': {
    handler: (_req, res, note) => {
      const see = (): void =>
        note([
          res.headersSent,
          res.writable,
          res.writableEnded,
          res.finished,
          res.writableLength > 0,
          res.writableCorked,
          res.writableObjectMode,
          res.destroyed,
          res.statusCode,
          res.statusMessage ?? null,
          res.sendDate,
          res.socket === null,
        ])
      see()
      res.write('x')
      see()
      later(() => {
        see()
        res.end('y')
      })
      res.on('finish', see)
      res.on('close', see)
    },
  },
  'trailers that are announced': {
    handler: (_req, res) => {
      res.writeHead(200, { Trailer: 'X-Sum, X-Other' })
      res.write('body')
      res.addTrailers({ 'X-Sum': '42', 'X-Other': ['a', 'b'] })
      res.end()
    },
  },
  'trailers known before the head': {
    handler: (_req, res) => {
      res.addTrailers([['x-first', '1']])
      res.write('body')
      res.end()
    },
  },
  'trailers for who takes them': {
    headers: { te: 'trailers' },
    handler: (_req, res) => {
      res.write('body')
      later(() => {
        res.addTrailers({ 'x-late': '1' })
        res.end()
      })
    },
  },
  'a handler that hints and processes': {
    handler: (_req, res, note) => {
      res.writeProcessing(() => note('processing'))
      res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' }, () => note('hints'))
      later(() => res.end('x'))
    },
  },
  'write after end': {
    handler: (_req, res, note) => {
      res.end('x')
      note(res.write('y', (error) => note(String(error))))
    },
    unordered: true,
  },
  'end again when all is over': {
    handler: (_req, res, note) => {
      res.end('x')
      res.on('close', () => res.end((error?: Error) => note(String(error))))
    },
  },
  'end with more after end': {
    handler: (_req, res) => {
      res.end('x')
      res.end('y')
    },
    unordered: true,
  },
  'too much for the length': {
    handler: (_req, res, note) => {
      res.strictContentLength = true
      res.setHeader('content-length', 3)
      res.flushHeaders()
      attempt(note, () => res.write('four'))
      attempt(note, () => res.end('four'))
      res.end('fou')
    },
  },
  'too little for the length': {
    handler: (_req, res, note) => {
      res.strictContentLength = true
      res.setHeader('content-length', 3)
      res.flushHeaders()
      attempt(note, () => res.end('x'))
      res.end('abc')
    },
  },
  'things that throw': {
    handler: (_req, res, note) => {
      attempt(note, () => res.setHeader('bad name', 'x'))
      attempt(note, () => res.setHeader('x', 'a\r\nb'))
      attempt(note, () => res.setHeader('x', '€'))
      attempt(note, () => res.writeHead(99))
      attempt(note, () => res.writeHead(200, 'a\nb'))
      res.statusMessage = 'OK'
      attempt(note, () => res.write(null))
      attempt(note, () => res.addTrailers({ 'x y': '1' }))
      res.end('fine')
      attempt(note, () => res.setHeader('x', '1'))
      attempt(note, () => res.writeHead(200))
      attempt(note, () => res.removeHeader('x'))
      attempt(note, () => res.appendHeader('x', '1'))
    },
  },
  'methods replaced on the object': {
    handler: (_req, res, note) => {
      for (const name of ['writeHead', 'write', 'end'] as const) {
        const method: unknown = Reflect.get(res, name)
        if (typeof method !== 'function') continue
        Reflect.set(res, name, (...args: unknown[]): unknown => {
          note(name)
          if (name === 'writeHead') res.setHeader('x-head', '1')
          return Reflect.apply(method, res, args)
        })
      }
      res.write('a')
      res.end('b')
    },
  },
  'another prototype': {
    handler: (_req, res, note) => {
      const { prototype } = res.constructor
      const own = Object.assign(Object.create(prototype), {
        say(this: typeof res, what: string) {
          this.setHeader('x-said', what)
          this.end(what)
        },
      })
      Object.setPrototypeOf(res, own)
      note('say' in res)
      Reflect.get(res, 'say').call(res, 'hi')
    },
  },
}

const attempt = (note: (what: unknown) => void, run: () => unknown): void => {
  try {
    run()
    note('nothing')
  } catch (error) {
    note(error instanceof Error && 'code' in error ? error.code : String(error))
  }
}

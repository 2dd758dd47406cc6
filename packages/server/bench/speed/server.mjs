// One server of run.mjs: `node server.mjs WORK raw|pagi`. It tells its port, and when asked the processor
// time it has used.
import { createServer } from 'node:http'
import { serve } from '@pagi/server'
import { WebSocketServer } from 'ws'

const HELLO = 'Hello, World!'
const JSON_BODY = {
  message: HELLO,
  items: [1, 2, 3, 4, 5],
  nested: { ok: true, text: 'x'.repeat(40) },
}
const EVENT = 'x'.repeat(60)

/** The same program twice: on node:http and ws as their documents show them, and as an application. */
const WORK = {
  hello: {
    raw: () =>
      createServer((_req, res) => {
        res.setHeader('content-type', 'text/plain')
        res.end(HELLO)
      }),
    pagi: async (scope, _receive, send) => {
      only(scope, 'http')
      await send({
        type: 'http.response.start',
        status: 200,
        headers: [['content-type', 'text/plain']],
      })
      await send({ type: 'http.response.body', body: HELLO })
    },
  },
  json: {
    raw: () =>
      createServer((_req, res) => {
        res.setHeader('content-type', 'application/json')
        res.end(JSON.stringify(JSON_BODY))
      }),
    pagi: async (scope, _receive, send) => {
      only(scope, 'http')
      await send({
        type: 'http.response.start',
        status: 200,
        headers: [['content-type', 'application/json']],
      })
      await send({ type: 'http.response.body', body: JSON.stringify(JSON_BODY) })
    },
  },
  post: {
    raw: () =>
      createServer((req, res) => {
        let size = 0
        req.on('data', (chunk) => {
          size += chunk.length
        })
        req.on('end', () => {
          res.setHeader('content-type', 'text/plain')
          res.end(String(size))
        })
      }),
    pagi: async (scope, receive, send) => {
      only(scope, 'http')
      let size = 0
      for (let more = true; more;) {
        const event = await receive()
        if (event.type !== 'http.request') return
        size += event.body.byteLength
        more = event.more
      }
      await send({
        type: 'http.response.start',
        status: 200,
        headers: [['content-type', 'text/plain']],
      })
      await send({ type: 'http.response.body', body: String(size) })
    },
  },
  websocket: {
    raw: () => {
      const server = createServer()
      new WebSocketServer({ server }).on('connection', (socket) => {
        socket.on('message', (data, binary) => socket.send(data, { binary }))
      })
      return server
    },
    pagi: async (scope, receive, send) => {
      only(scope, 'websocket')
      await receive()
      await send({ type: 'websocket.accept' })
      for (;;) {
        const event = await receive()
        if (event.type !== 'websocket.receive') return
        await send(
          event.text === undefined
            ? { type: 'websocket.send', bytes: event.bytes }
            : { type: 'websocket.send', text: event.text },
        )
      }
    },
  },
  sse: {
    raw: () => {
      const clients = new Set()
      return createServer((req, res) => {
        if (req.url === '/tell') {
          for (const client of clients) client.write(`data: ${EVENT}\n\n`)
          res.end('told')
          return
        }
        res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
        res.write('data: welcome\n\n')
        clients.add(res)
        req.on('close', () => clients.delete(res))
      })
    },
    pagi: () => {
      const clients = new Set()
      return async (scope, receive, send) => {
        if (scope.type === 'sse') {
          await send({ type: 'sse.start' })
          await send({ type: 'sse.send', data: 'welcome' })
          clients.add(send)
          while ((await receive()).type !== 'sse.disconnect');
          clients.delete(send)
          return
        }
        only(scope, 'http')
        const event = { type: 'sse.send', data: EVENT }
        for (const tell of clients) void tell(event)
        await send({ type: 'http.response.start', status: 200 })
        await send({ type: 'http.response.body', body: 'told' })
      }
    },
  },
}

function only({ type }, served) {
  if (type !== served) throw new Error(`${type} is not served`)
}

const [name = '', how] = process.argv.slice(2)
if (!Object.hasOwn(WORK, name))
  throw new Error(`there is no ${JSON.stringify(name)}: ${Object.keys(WORK).join(', ')}`)
const work = WORK[name]
let port
if (how === 'raw') {
  const server = work.raw()
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(undefined))
  })
  port = server.address().port
} else {
  const app = work.pagi.length === 0 ? work.pagi() : work.pagi
  const server = await serve(app, { port: 0, logLevel: 'silent' })
  port = new URL(server.url).port
}
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})
process.on('SIGINT', () => process.exit())
process.send(Number(port))

// One server of run.mjs: `node server.mjs KIND plain|wrapped`. It tells its port, and when asked the
// processor time it has used.
import { createServer } from 'node:http'
import { serve } from '@pagi/server'
import { fromNodeHandler } from '@pagi/legacy'

const TEXT = 'Hello from the benchmark'

const KINDS = {
  bare: () => (_req, res) => {
    res.setHeader('content-type', 'text/plain')
    res.end(TEXT)
  },
  express: () => express('express'),
  express4: () => express('express4'),
  koa: async () => {
    const { default: Koa } = await import('koa')
    const app = new Koa()
    app.use((context) => {
      context.body = TEXT
    })
    return app.callback()
  },
  fastify: async () => {
    const { default: fastify } = await import('fastify')
    const app = fastify()
    app.get('/', async () => TEXT)
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
}

async function express(name) {
  const { default: make } = await import(name)
  const app = make()
  app.use(make.json())
  app.get('/', (_req, res) => res.send(TEXT))
  return app
}

const [kind = '', how] = process.argv.slice(2)
if (!Object.hasOwn(KINDS, kind)) {
  throw new Error(`there is no ${JSON.stringify(kind)}: ${Object.keys(KINDS).join(', ')}`)
}
const handler = await KINDS[kind]()
let port
if (how === 'plain') {
  const server = createServer(handler)
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(undefined))
  })
  port = server.address().port
} else {
  const server = await serve(fromNodeHandler(handler), { port: 0, logLevel: 'silent' })
  port = new URL(server.url).port
}
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})
process.on('SIGINT', () => process.exit())
process.send(Number(port))

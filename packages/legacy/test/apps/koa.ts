import Koa from 'koa'
import { Readable } from 'node:stream'
import type { Site } from '../apps.test.ts'

/** An application of Koa. */
export const koaSite = (): Site => {
  const app = new Koa()
  const log: string[] = []
  app.silent = true

  app.use(async (ctx, next) => {
    await next()
    ctx.set('x-passed', String(ctx.status))
  })
  app.use(async (ctx) => {
    const { req, res } = ctx
    switch (`${ctx.method} ${ctx.path}`) {
      case 'GET /':
      case 'HEAD /':
        ctx.body = { page: true }
        return
      case 'POST /echo': {
        const pieces: Buffer[] = []
        for await (const piece of req) pieces.push(piece)
        try {
          ctx.body = JSON.parse(Buffer.concat(pieces).toString())
        } catch {
          ctx.throw(400, 'no JSON')
        }
        return
      }
      case 'GET /error':
        ctx.throw(503, 'an error')
        return
      case 'GET /stream':
        ctx.type = 'text'
        ctx.body = Readable.from(Array.from({ length: 100 }, () => 'piece '.repeat(200)))
        return
      case 'GET /events':
        ctx.type = 'text/event-stream'
        ctx.body = new Readable({ read() {} })
        ctx.body.push('data: 1\n\n')
        req.on('close', () => log.push('events closed'))
        return
      case 'POST /slow':
        req.once('data', () => log.push('upload began'))
        await new Promise<void>((resolve) => req.on('aborted', resolve).on('error', () => {}))
        log.push('upload aborted')
        return
      case 'GET /endless':
        ctx.body = new Readable({
          read() {
            this.push('x'.repeat(10_000))
          },
        })
        res.on('close', () => log.push(`download ${res.writableFinished ? 'finished' : 'closed'}`))
    }
  })
  const callback = app.callback()
  return { listener: (req, res) => void callback(req, res), log }
}

import fastify from 'fastify'
import { Readable } from 'node:stream'
import type { Site } from '../apps.test.ts'

/** An application of Fastify. */
export const fastifySite = async (): Promise<Site> => {
  const app = fastify()
  const log: string[] = []
  app.addHook('onSend', async (_request, reply) => void reply.header('x-passed', 'onSend'))
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    payload.once('data', () => log.push('upload began'))
    payload.on('error', () => {
      log.push('upload aborted')
      done(new Error('aborted'))
    })
  })
  app.get('/', () => ({ page: true }))
  app.post('/echo', ({ body }) => body)
  app.post('/slow', () => 'never')
  app.get('/error', () => {
    throw Object.assign(new Error('an error'), { statusCode: 503 })
  })
  app.get('/stream', (_request, reply) =>
    reply
      .type('text/plain')
      .send(Readable.from(Array.from({ length: 100 }, () => 'piece '.repeat(200)))),
  )
  app.get('/events', ({ raw: req }, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write('data: 1\n\n')
    req.on('close', () => log.push('events closed'))
  })
  app.get('/endless', (_request, reply) => {
    const { raw: res } = reply
    res.on('close', () => log.push(`download ${res.writableFinished ? 'finished' : 'closed'}`))
    return reply.send(
      new Readable({
        read() {
          this.push('x'.repeat(10_000))
        },
      }),
    )
  })
  await app.ready()
  return { listener: (req, res) => app.routing(req, res), log }
}

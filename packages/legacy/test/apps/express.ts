import compression from 'compression'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import type express from 'express'
import type { ErrorRequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import helmet from 'helmet'
import methodOverride from 'method-override'
import morgan from 'morgan'
import multer from 'multer'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import serveStatic from 'serve-static'
import type { Site } from '../apps.test.ts'

declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}

const require = createRequire(import.meta.url)

/** An application of Express, of whichever version, with all the usual middleware. */
export const expressSite = (version: 'express' | 'express4', folder: string): Site => {
  const load: typeof express = require(version)
  const app = load()
  const log: string[] = []
  const upload = multer({ limits: { fileSize: 1_000_000 } })

  app.use(morgan(':method :url :status', { stream: { write: (line) => log.push(line.trim()) } }))
  app.use(helmet())
  app.use(cors({ origin: 'http://a.example', credentials: true }))
  app.use(rateLimit({ limit: 100, windowMs: 60_000, validate: false }))
  app.use(compression())
  app.use(cookieParser())
  app.use(methodOverride('X-HTTP-Method-Override'))
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false }))
  app.use(load.json(), load.urlencoded({ extended: true }))
  app.use('/static', serveStatic(folder))

  app.get('/', (_req, res) => void res.send('a page'))
  app.get('/long', (_req, res) => void res.json({ text: 'long '.repeat(1000) }))
  app.get('/cookies', (req, res) => void res.cookie('c', '3').json(req.cookies))
  app.get('/send-file', (_req, res) => res.sendFile('apps.test.ts', { root: folder }))
  app.get('/error', () => {
    throw Object.assign(new Error('an error'), { status: 503 })
  })
  app.delete('/thing', (_req, res) => void res.status(204).end())
  app.post('/echo', (req, res) => void res.json(req.body))
  app.get('/visits', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.send(`visit ${req.session.visits}`)
  })
  app.post('/upload', upload.single('file'), (req, res) => {
    const { originalname, size, mimetype } = req.file ?? {}
    res.json([originalname, size, mimetype, req.body])
  })
  app.get('/stream', (_req, res) => {
    res.type('text')
    Readable.from(Array.from({ length: 100 }, () => 'piece '.repeat(200))).pipe(res)
  })
  app.get('/events', (req, res) => {
    res.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' })
    res.write('data: 1\n\n')
    req.on('close', () => log.push('events closed'))
  })
  app.post('/slow', (req) => {
    req.once('data', () => log.push('upload began'))
    req.on('aborted', () => log.push('upload aborted'))
    req.on('error', () => {})
  })
  app.get('/endless', (_req, res) => {
    const more = (): void => {
      while (!res.destroyed && res.write('x'.repeat(10_000)));
      res.once('drain', more)
    }
    res.on('close', () => log.push(`download ${res.writableFinished ? 'finished' : 'closed'}`))
    more()
  })
  const failed: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    const status = Number(Reflect.get(Object(error), 'status') ?? 500)
    res.status(status).send(String(error))
  }
  app.use(failed)
  return { listener: app, log }
}

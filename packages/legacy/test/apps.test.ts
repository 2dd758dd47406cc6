import type { IncomingMessage, RequestListener } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fromNodeHandler } from '../src/index.ts'
import { expressSite } from './apps/express.ts'
import { fastifySite } from './apps/fastify.ts'
import { koaSite } from './apps/koa.ts'
import { ask } from './support/client.ts'
import type { Answer, Question } from './support/client.ts'
import { startNode, startPagi } from './support/servers.ts'

// Real applications, with the middleware that real ones have, on node:http and through the adapter: each
// of the visits below must see the same.

export interface Site {
  readonly listener: RequestListener
  /** What happened in it. */
  readonly log: string[]
}

type Visit = (ask: (path: string, question?: Question) => Promise<Answer>, log: string[]) => unknown

const GZIP = { 'accept-encoding': 'gzip' }

const withoutIds = ({ headers, ...answer }: Answer): Answer => ({
  ...answer,
  headers: headers
    .filter((line) => !/^(content-length|transfer-encoding|(x-)?ratelimit-reset):/.test(line))
    .map((line) => line.replace(/connect\.sid=[^;]+/, 'connect.sid=…'))
    .map((line) => line.replace(/(report|request)-id: .*/, 'id')),
})

const inflated = ({ headers, body, ...answer }: Answer): unknown => [
  answer,
  headers.filter((line) => /encoding|vary|type/.test(line)).toSorted(),
  headers.includes('content-encoding: gzip')
    ? gunzipSync(Buffer.from(body, 'latin1')).toString().length
    : body,
]

const form = (size: number): Question => {
  const [boundary, file] = ['----x', 'y'.repeat(size)]
  const part = (head: string, body: string): string => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body:
      part('Content-Disposition: form-data; name="title"', 'A title') +
      part(
        'Content-Disposition: form-data; name="file"; filename="y.txt"\r\nContent-Type: text/plain',
        file,
      ) +
      `--${boundary}--\r\n`,
  }
}

const leaveAtOnce = (res: IncomingMessage, req: { destroy: () => unknown }): void => {
  res.once('data', () => req.destroy())
}

/** What every site can do. */
const ALL: Readonly<Record<string, Visit>> = {
  'a page': (go) => go('/'),
  'nothing there': (go) => go('/nowhere'),
  HEAD: (go) => go('/', { method: 'HEAD' }),
  'a body of JSON': (go) =>
    go('/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":[1,2]}',
    }),
  'JSON that is none': (go) =>
    go('/echo', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }),
  'an error': (go) => go('/error'),
  'a stream': (go) => go('/stream'),
  'an event stream written by hand, until the client leaves': async (go, log) => {
    const answer = await go('/events', {
      headers: { accept: 'text/event-stream' },
      take: leaveAtOnce,
    })
    await expect.poll(() => log).toContain('events closed')
    return [answer, log]
  },
  'a client that leaves in the middle of its upload': async (go, log) => {
    const answer = await go('/slow', {
      method: 'POST',
      headers: { 'content-length': '1000000', 'content-type': 'application/octet-stream' },
      drive: (req) => {
        req.write('x'.repeat(1000))
        void expect
          .poll(() => log)
          .toContain('upload began')
          .then(() => req.destroy())
      },
    })
    await expect.poll(() => log).toContain('upload aborted')
    return [answer, log.toSorted()] // what resets a connection tells the logger first
  },
  'a client that leaves in the middle of its download': async (go, log) => {
    const { status, complete } = await go('/endless', { take: leaveAtOnce })
    await expect.poll(() => log).toContain('download closed')
    return [status, complete, log.toSorted()]
  },
}

/** What Express does with its middleware. */
const EXPRESS: Readonly<Record<string, Visit>> = {
  ...ALL,
  'a session across requests': async (go) => {
    const first = await go('/visits')
    const cookie = /connect\.sid=[^;]+/.exec(first.headers.join())?.[0] ?? ''
    const later = [await go('/visits', { headers: { cookie } })]
    later.push(await go('/visits', { headers: { cookie } }))
    expect(later.map(({ body }) => body)).toEqual(['visit 2', 'visit 3'])
    return [first, ...later].map(withoutIds)
  },
  'a file is uploaded': (go) => go('/upload', form(200_000)),
  'a file that is too large': (go) => go('/upload', form(1_100_000)),
  'a form': (go) =>
    go('/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1&b[c]=2',
    }),
  'a compressed page': async (go) => inflated(await go('/long', { headers: GZIP })),
  'a compressed stream': async (go) => inflated(await go('/stream', { headers: GZIP })),
  'a file': async (go) => inflated(await go('/static/apps.test.ts', { headers: GZIP })),
  'ranges of a file': async (go) => [
    await go('/static/apps.test.ts', { headers: { range: 'bytes=10-19' } }),
    await go('/static/apps.test.ts', { headers: { range: 'bytes=-5' } }),
    await go('/static/apps.test.ts', { headers: { range: 'bytes=9999999-' } }),
  ],
  'what has not changed': async (go) => {
    const answers: Answer[] = []
    for (const path of ['/', '/static/apps.test.ts']) {
      const { headers } = await go(path)
      const etag = headers.find((line) => line.startsWith('etag: '))?.slice('etag: '.length) ?? ''
      answers.push(await go(path, { headers: { 'if-none-match': etag } }))
    }
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [304, ''],
      [304, ''],
    ])
    return answers.map(withoutIds)
  },
  'a redirect of a folder': (go) => go('/static/apps'),
  'a preflight': (go) =>
    go('/', {
      method: 'OPTIONS',
      headers: { origin: 'http://a.example', 'access-control-request-method': 'PUT' },
    }),
  cookies: (go) => go('/cookies', { headers: { cookie: 'a=1; b=2' } }),
  'a method in disguise': (go) =>
    go('/thing', { method: 'POST', headers: { 'x-http-method-override': 'DELETE' } }),
  'a file to send': (go) => go('/send-file'),
  'a log line for each': async (go, log) => {
    await go('/')
    await go('/nowhere')
    await expect.poll(() => log.length).toBe(2)
    return log
  },
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

describe.each<[string, () => Site | Promise<Site>, Readonly<Record<string, Visit>>]>([
  ['Express 4', () => expressSite('express4', FOLDER), EXPRESS],
  ['Express 5', () => expressSite('express', FOLDER), EXPRESS],
  ['Koa', koaSite, ALL],
  ['Fastify', fastifySite, ALL],
])('%s is the same on node:http and through the adapter', (_name, make, visits) => {
  test.each(Object.entries(visits))('%s', async (_what, visit) => {
    const see = async (
      start: (listener: RequestListener) => Promise<{ port: number }>,
    ): Promise<unknown> => {
      const { listener, log } = await make()
      const { port } = await start(listener)
      const seen = await visit((path, question) => ask(port, { ...question, path }), log)
      return isAnswer(seen) ? withoutIds(seen) : seen
    }
    const plain = await see(startNode)
    const adapted = await see((listener) => startPagi(fromNodeHandler(listener)))
    expect(clean(adapted)).toEqual(clean(plain))
  })
})

const isAnswer = (seen: unknown): seen is Answer =>
  typeof seen === 'object' && seen !== null && 'headers' in seen && 'body' in seen

const clean = (seen: unknown): unknown =>
  Array.isArray(seen) ? seen.map(clean) : isAnswer(seen) ? withoutIds(seen) : seen

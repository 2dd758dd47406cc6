import { expect, test } from 'vitest'
import { createServer, serve } from '../../src/index.ts'
import { http, respond } from '../support/apps.ts'
import { LogBook, portOf } from '../support/start.ts'

const plain = http(async (_scope, _receive, send) => respond(send, 'ok'))

test('close before listen, twice, and by await using', async () => {
  const never = createServer(plain, { port: 0, logger: new LogBook() })
  await never.close()
  await never.close()
  await expect(never.listen()).rejects.toThrow('closed')
  const server = createServer(plain, { port: 0, logger: new LogBook() })
  const listening = server.listen()
  expect(server.listen()).toBe(listening)
  const closing = server.close() // while it is starting
  await listening
  await closing
  expect(server.addresses()).toEqual([])
  {
    await using disposed = await serve(plain, { port: 0, logger: new LogBook() })
    expect(disposed.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  }
})

test('the url names an address that can be reached', async () => {
  for (const [host, url] of [
    ['127.0.0.1', 'http://127.0.0.1:'],
    ['0.0.0.0', 'http://127.0.0.1:'],
    ['localhost', 'http://'],
  ] as const) {
    const server = await serve(plain, { port: 0, host, logger: new LogBook() })
    expect(server.url).toBe(url === 'http://' ? server.url : `${url}${portOf(server)}`)
    expect((await fetch(server.url)).status).toBe(200)
    await server.close()
  }
})

test.each([undefined, {}, 'app', null])('%j is no application', (value) => {
  expect(() => Reflect.apply(createServer, undefined, [value])).toThrow(TypeError)
})

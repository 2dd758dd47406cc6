import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { http, respond } from '../support/apps.ts'
import { connectTo } from '../support/raw-client.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const whoami = http(async ({ client, server }, _receive, send) =>
  respond(send, JSON.stringify([client?.[0], ...(server ?? [])])),
)

async function clientOf(url: string): Promise<unknown> {
  const ends: unknown = await (await fetch(url)).json()
  return Array.isArray(ends) ? ends[0] : ends
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')

test('several addresses serve one application, each with its own ends in the scope', async () => {
  const { server } = await start(whoami, {
    port: undefined,
    listen: ['127.0.0.1:0', '127.0.0.1:0'],
  })
  const addresses = server.addresses()
  expect(new Set(addresses.map(({ port }) => port)).size).toBe(2)
  for (const { host = '', port = 0 } of addresses) {
    const answer = await fetch(`http://${host}:${port}/`)
    expect(await answer.json()).toEqual(['127.0.0.1', host, port])
  }
  expect(server.url).toBe(`http://127.0.0.1:${addresses[0]?.port}`)
})

test('where one address cannot be bound, none is, and the application shuts down', async () => {
  const { port: taken } = await start(whoami)
  const order: string[] = []
  const starting = start(
    async (scope, receive, send) => {
      if (scope.type !== 'lifespan') throw new Error('not served')
      await receive()
      await send({ type: 'lifespan.startup.complete' })
      order.push((await receive()).type)
      await send({ type: 'lifespan.shutdown.complete' })
    },
    { port: undefined, listen: ['127.0.0.1:0', `127.0.0.1:${taken}`] },
  )
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE', port: taken })
  expect(order).toEqual(['lifespan.shutdown'])
})

test('the limit of connections is one for all addresses', async () => {
  const { server, log } = await start(whoami, {
    port: undefined,
    listen: ['127.0.0.1:0', '127.0.0.1:0'],
    maxConnections: 1,
  })
  const [first, second] = server.addresses()
  const client = await connectTo(first?.port ?? 0)
  client.write(get())
  await readResponse(client)
  const other = await connectTo(second?.port ?? 0)
  expect((await readResponse(other)).status).toBe(503)
  expect(log.at('warn')).toEqual(['1 connections: further ones get 503'])
})

test.runIf(hasIpv6)(
  'an IPv6 address is written in brackets, and takes IPv4 unless told not to',
  async () => {
    const both = await start(whoami, { host: '::' })
    expect(both.server.url).toBe(`http://[::1]:${both.port}`)
    expect(await clientOf(`http://127.0.0.1:${both.port}`)).toBe('::ffff:127.0.0.1')
    const one = await start(whoami, { host: '::', ipv6Only: true })
    await expect(fetch(`http://127.0.0.1:${one.port}`)).rejects.toThrow('fetch failed')
    expect(await clientOf(one.server.url)).toBe('::1')
  },
)

test('a close ends the connections of every address', async () => {
  const { server } = await start(whoami, {
    port: undefined,
    listen: ['127.0.0.1:0', '127.0.0.1:0'],
  })
  const clients = await Promise.all(server.addresses().map(({ port = 0 }) => connectTo(port)))
  for (const client of clients) client.write(get())
  for (const client of clients) textOf(await readResponse(client))
  await server.close()
  expect(await Promise.all(clients.map((client) => client.end()))).toEqual(['fin', 'fin'])
  expect(server.addresses()).toEqual([])
})

import { expect, test } from 'vitest'
import { http, respond } from '../support/apps.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

test('a connection that stays idle is closed, one that is being served is not', async () => {
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      // HTTP-97: longer than the idle time, which therefore must not run meanwhile
      if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 60))
      await respond(send, path)
    }),
    { keepAliveTimeout: 20 },
  )
  const client = await connect()
  client.write(get('/slow'))
  expect(textOf(await readResponse(client))).toBe('/slow')
  expect(await client.end()).toBe('fin')
})

test('an idle connection is not told of anything but its end', async () => {
  const ended: (string | undefined)[] = []
  const { connect } = await start(
    http(async ({ 'pagi.connection': connection }, _receive, send) => {
      connection.onEnd((reason) => ended.push(reason))
      await respond(send)
    }),
    { keepAliveTimeout: 10 },
  )
  const client = await connect()
  client.write(get())
  await readResponse(client)
  await client.end()
  expect(ended).toEqual([undefined]) // CONN-30: the idle timeout came after a clean end
})

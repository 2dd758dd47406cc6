import { expect, test } from 'vitest'
import { gate, http, respond } from '../support/apps.ts'
import { readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

test('a connection that stays idle is closed, one that is being served is not', async () => {
  const begun = gate()
  const go = gate()
  const { connect } = await start(
    http(async ({ path }, _receive, send) => {
      if (path === '/slow') {
        begun.open()
        await go.promise
      }
      await respond(send, path)
    }),
    { keepAliveTimeout: 20 },
  )
  const slow = await connect()
  slow.write(get('/slow'))
  await begun.promise
  const idle = await connect()
  idle.write(get('/quick'))
  expect(textOf(await readResponse(idle))).toBe('/quick')
  expect(await idle.end()).toBe('fin') // so the idle time has passed for the slow one, too (HTTP-97)
  expect(slow.ending).toBeUndefined()
  go.open()
  expect(textOf(await readResponse(slow))).toBe('/slow')
  expect(await slow.end()).toBe('fin')
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

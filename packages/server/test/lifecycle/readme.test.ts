import { expect, test } from 'vitest'
import type { Application } from '../../src/index.ts'
import { open } from '../support/frames.ts'
import { textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

test('the readme’s application, which serves http alone, declines all else and goes on', async () => {
  const app: Application = async (scope, _receive, send) => {
    if (scope.type !== 'http') throw new Error(`Unsupported scope type: ${scope.type}`)
    await send({
      type: 'http.response.start',
      status: 200,
      headers: [['content-type', 'text/plain']],
    })
    await send({ type: 'http.response.body', body: 'Hello from PAGI!' })
  }
  const { ask, connect, log } = await start(app)
  expect(log.at('info').join()).toContain('Unsupported scope type: lifespan')
  expect(textOf(await ask(get()))).toBe('Hello from PAGI!')
  const socket = await connect()
  await expect(open(socket)).rejects.toThrow('500')
  expect((await ask(get('/', 'accept: text/event-stream'))).status).toBe(500)
  expect(textOf(await ask(get()))).toBe('Hello from PAGI!')
})

test('the original’s own readme application, word for word', async () => {
  const app: Application = async (_scope, _receive, send) => {
    await send({
      type: 'http.response.start',
      status: 200,
      headers: [['content-type', 'text/plain']],
    })
    await send({ type: 'http.response.body', body: 'Hello from PAGI!', more: false })
  }
  const { ask, connect } = await start(app)
  expect(textOf(await ask(get()))).toBe('Hello from PAGI!')
  expect(textOf(await ask(get('/', 'accept: text/event-stream')))).toBe('Hello from PAGI!')
  await expect(open(await connect())).rejects.toThrow('500')
  expect(textOf(await ask(get()))).toBe('Hello from PAGI!')
})

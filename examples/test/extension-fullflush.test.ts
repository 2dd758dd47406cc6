import type { Application, SendEvent } from '@pagi/server'
import { expect, test } from 'vitest'
import { createApp } from '../07-extension-fullflush/app.ts'
import { clientOf } from './support/client.ts'
import { serving } from './support/serve.ts'

/** Work that is done when the test says so. */
function gate(): { readonly work: () => Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { work: () => opened, open: () => open() }
}

/** What is sent, and what the server is said to offer. */
function recorded(app: Application, offered: boolean, sent: SendEvent['type'][]): Application {
  return (scope, receive, send) => {
    const inner = scope.type === 'lifespan' || offered ? scope : { ...scope, extensions: {} }
    return app(inner, receive, (event) => {
      sent.push(event.type)
      return send(event)
    })
  }
}

test('a part arrives over a wire while the next is still being worked on', async () => {
  const { work, open } = gate()
  const { url } = await serving(createApp({ work }))
  const { body } = await fetch(url)
  if (body === null) throw new Error('a response without a body')
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  expect(await reader.read()).toEqual({ done: false, value: 'Opened\n' })
  open()
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value
  expect(rest).toBe('Counted\nClosed\n')
})

test('flushes after each part, and only where the server offers it', async () => {
  for (const offered of [true, false]) {
    const sent: SendEvent['type'][] = []
    const client = clientOf(recorded(createApp({ work: async () => {} }), offered, sent))
    expect((await client.get('/')).text()).toBe('Opened\nCounted\nClosed\n')
    expect(sent.filter((type) => type === 'http.fullflush')).toHaveLength(offered ? 2 : 0)
  }
})

test('a client who leaves gets no further part', async () => {
  const { work, open } = gate()
  const sent: SendEvent['type'][] = []
  const exchange = await clientOf(recorded(createApp({ work }), true, sent)).open('/')
  await exchange.read()
  exchange.disconnect()
  open()
  await exchange.settled
  expect(sent.filter((type) => type === 'http.response.body')).toHaveLength(1)
})

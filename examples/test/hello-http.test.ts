import { expect, test } from 'vitest'
import { EventStream } from './support/event-stream.ts'
import { load, serving } from './support/serve.ts'

test('says hello, with the path', async () => {
  const { url } = await serving(await load('01-hello-http'))
  const response = await fetch(`${url}/some%20where?x=1`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await response.text()).toBe('Hello from PAGI at /some where\n')
})

test('an event stream is none of its business', async () => {
  const { url } = await serving(await load('01-hello-http'))
  const { response } = await EventStream.open(url)
  expect(response.status).toBe(500)
})

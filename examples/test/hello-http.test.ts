import { testApp } from '@pagi/testing'
import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

test('says hello, with the path', async () => {
  const response = await clientOf(await load('01-hello-http')).get('/some%20where?x=1')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(response.text()).toBe('Hello from PAGI at /some where\n')
})

test('an event stream is none of its business', async () => {
  await using client = testApp(await load('01-hello-http'))
  const stream = await client.sse('/')
  expect(stream.status).toBe(500)
  expect(stream.exchange.error).toMatchObject({ code: 'ERR_PAGI_UNSUPPORTED_SCOPE' })
})

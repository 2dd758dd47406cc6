import { expect, test } from 'vitest'
import { testApp } from '../src/index.ts'

test('a request comes back with what the application sent', async () => {
  await using client = testApp(async (scope, _receive, send) => {
    if (scope.type !== 'http') throw new Error(scope.type)
    await send({
      type: 'http.response.start',
      status: 201,
      headers: [['content-type', 'text/plain']],
    })
    await send({ type: 'http.response.body', body: `${scope.method} ${scope.path}` })
  })
  const response = await client.get('/hello?x=1')
  expect(response.status).toBe(201)
  expect(response.headers.get('Content-Type')).toBe('text/plain')
  expect(response.text()).toBe('GET /hello')
  expect(response.complete).toBe(true)
  expect(response.reason).toBeUndefined()
})

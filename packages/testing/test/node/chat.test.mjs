// Run by node --test, which is all it needs; node-test.test.ts does so.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { dispatch } from '@pagi/spec'
import { testApp } from '@pagi/testing'

const app = dispatch({
  async http(scope, _receive, send) {
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body', body: `hello ${scope.path}` })
  },
  async sse(scope, _receive, send) {
    await send({ type: 'sse.start' })
    for (let n = 1; scope['pagi.connection'].isConnected; n++) {
      await send({ type: 'sse.send', data: String(n) })
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  },
  async websocket(_scope, receive, send) {
    await receive()
    await send({ type: 'websocket.accept' })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return
      await send({ type: 'websocket.send', text: `you said ${event.text}` })
    }
  },
})

const client = testApp(app)
after(() => client.close())

void test('http', async () => {
  const response = await client.get('/world')
  assert.equal(response.text(), 'hello /world')
})

void test('an endless event stream', async () => {
  const stream = await client.sse('/')
  assert.equal((await stream.next())?.data, '1')
  assert.equal((await stream.next())?.data, '2')
  await stream.close()
  assert.equal(stream.exchange.reason, 'client_closed')
})

void test('a websocket', async () => {
  const socket = await client.websocket('/')
  socket.send('hi')
  assert.equal(await socket.receive(), 'you said hi')
  assert.deepEqual(await socket.close(1000), { code: 1000, reason: '', clean: true })
})

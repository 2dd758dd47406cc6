// Middleware sees every event on its way in and out, whatever the protocol, and may change copies of
// what passes. The application inside knows nothing of it but a key of its scope.
import { dispatch, type Application } from '@pagi/server'
import { observe, type Observation } from './observe.ts'

const inner = dispatch({
  async http(scope, receive, send) {
    for (;;) {
      const event = await receive()
      if (event.type !== 'http.request') return // the client has left
      if (!event.more) break
    }
    await send({
      type: 'http.response.start',
      status: 200,
      headers: [['content-type', 'text/plain; charset=utf-8']],
    })
    const id = scope['observe.id'] ?? 'unknown'
    await send({ type: 'http.response.body', body: `This is call ${id}\n` })
  },

  async sse(_scope, _receive, send) {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: 'Hello' })
    await send({ type: 'sse.close' })
  },

  async websocket(_scope, receive, send) {
    await receive() // websocket.connect
    await send({ type: 'websocket.accept' })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return // websocket.disconnect
      await send({ type: 'websocket.send', text: event.text ?? 'bytes' })
    }
  },
})

export function createApp(report: (observation: Observation) => void = print): Application {
  return observe(report)(inner)
}

function print({ id, type, path, bytesIn, bytesOut }: Observation): void {
  console.info(`call ${id}: ${type} ${path}, ${bytesIn} bytes in, ${bytesOut} bytes out`)
}

export default createApp()

// Sends back what it gets, text as text and binary as binary. Only at `/echo`: anything else is
// refused with an ordinary HTTP response, before the handshake is complete.
import { dispatch } from '@pagi/server'

export default dispatch({
  async websocket(scope, receive, send) {
    if (scope.path !== '/echo') {
      await send({
        type: 'http.response.start',
        status: 404,
        headers: [['content-type', 'text/plain; charset=utf-8']],
      })
      await send({ type: 'http.response.body', body: 'The echo is at /echo\n' })
      return
    }

    await receive() // websocket.connect
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.keepalive', interval: 30, timeout: 10 })

    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return // websocket.disconnect
      if (event.text === undefined) {
        await send({ type: 'websocket.send', bytes: event.bytes })
      } else if (event.text === 'bye') {
        await send({ type: 'websocket.close', code: 1000, reason: 'bye' })
        return
      } else {
        await send({ type: 'websocket.send', text: event.text })
      }
    }
  },
})

// An Express application, and beside it what Express cannot do by itself.
import { dispatch } from '@pagi/server'
import { fromNodeHandler } from '@pagi/legacy'
import { board } from './express-app.ts'
import { messages } from './messages.ts'

export default dispatch({
  http: fromNodeHandler(board),

  // Every new message, to whoever listens.
  async sse(scope, _receive, send) {
    await send({ type: 'sse.start' })
    const { signal } = scope['pagi.connection']
    for await (const text of messages.follow(signal)) await send({ type: 'sse.send', data: text })
  },

  // What is said here is a message, too.
  async websocket(_scope, receive, send) {
    await receive() // websocket.connect
    await send({ type: 'websocket.accept' })
    for (;;) {
      const event = await receive()
      if (event.type !== 'websocket.receive') return // websocket.disconnect
      const count = messages.add(event.text ?? '')
      await send({ type: 'websocket.send', text: `That was number ${count}` })
    }
  },
})

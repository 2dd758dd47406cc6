// Every scope type once, in a file that needs a real loader: an enum, a relative import that is
// written `.js`, and top-level await.
import { dispatch } from '@pagi/server'
import { Word } from './words.js'

const pid = await Promise.resolve(process.pid)

export default dispatch({
  async http(_scope, _receive, send) {
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body', body: `${Word.Hello} ${pid}` })
  },

  async sse(scope, _receive, send) {
    await send({ type: 'sse.start' })
    await send({ type: 'sse.send', data: `${Word.Hello} ${scope.method}` })
    await scope['pagi.connection'].ended
  },

  async websocket(_scope, receive, send) {
    for (;;) {
      const event = await receive()
      switch (event.type) {
        case 'websocket.connect':
          await send({ type: 'websocket.accept' })
          break
        case 'websocket.receive':
          await send({ type: 'websocket.send', text: `${Word.Hello} ${event.text ?? ''}` })
          break
        case 'websocket.disconnect':
        case 'http.disconnect':
          return
      }
    }
  },

  async lifespan(_scope, receive, send) {
    for (;;) {
      const { type } = await receive()
      await send({ type: `${type}.complete` })
      if (type === 'lifespan.shutdown') return
    }
  },
})

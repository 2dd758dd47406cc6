// What is under way when the server stops is brought to its end: a request is answered, a stream and
// a session are noticed to be over and save what they have. Then what they used is closed.
import { once } from 'node:events'
import { dispatch, type Application } from '@pagi/server'
import { Notebook } from './notebook.ts'

export function createApp(open: () => Notebook = () => new Notebook()): Application {
  const notebook = open()

  return dispatch({
    async lifespan(_scope, receive, send) {
      await receive() // lifespan.startup
      await send({ type: 'lifespan.startup.complete' })
      // Comes when every other call has returned, so nobody needs the notebook any more.
      await receive() // lifespan.shutdown
      await notebook.close()
      await send({ type: 'lifespan.shutdown.complete' })
    },

    // A request in flight may finish: there is nothing to do for that.
    async http(_scope, receive, send) {
      let bytes = 0
      for (;;) {
        const event = await receive()
        if (event.type !== 'http.request') return // the client has left
        bytes += event.body.byteLength
        if (!event.more) break
      }
      await notebook.save(`upload: ${bytes} bytes`)
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body', body: `saved ${bytes} bytes\n` })
    },

    async sse(scope, _receive, send) {
      const connection = scope['pagi.connection']
      await send({ type: 'sse.start' })
      await send({ type: 'sse.send', data: 'waiting' })
      if (connection.isConnected) await once(connection.signal, 'abort')
      await notebook.save(`stream: ${connection.disconnectReason}`)
    },

    async websocket(_scope, receive, send) {
      let messages = 0
      await receive() // websocket.connect
      await send({ type: 'websocket.accept' })
      for (;;) {
        const event = await receive()
        if (event.type === 'websocket.receive') {
          messages += 1
          await send({ type: 'websocket.send', text: `noted ${messages}` })
        } else {
          // 1012 when the server stops, whatever the client said when it left.
          const code = event.type === 'websocket.disconnect' ? event.code : 1006
          await notebook.save(`session: ${messages} messages, ${code}`)
          return
        }
      }
    },
  })
}

export default createApp()

// One timer for the whole server, started and stopped by lifespan. Its ticks go to everybody, over
// server-sent events and WebSocket alike.
import { dispatch, type Application, type Receive } from '@pagi/server'
import { Ticker } from './ticker.ts'

interface Options {
  /** Milliseconds between ticks. */
  readonly interval?: number
  readonly ticker?: Ticker
}

export function createApp({ interval = 1000, ticker = new Ticker() }: Options = {}): Application {
  return dispatch({
    async lifespan(_scope, receive, send) {
      await receive() // lifespan.startup
      ticker.start(interval)
      await send({ type: 'lifespan.startup.complete' })
      await receive() // lifespan.shutdown
      ticker.stop()
      await send({ type: 'lifespan.shutdown.complete' })
    },

    async sse(scope, _receive, send) {
      const { signal } = scope['pagi.connection']
      await send({ type: 'sse.start' })
      // Ends when the client leaves or the server stops: both abort the signal.
      for await (const tick of ticker.follow(signal)) {
        await send({ type: 'sse.send', event: 'tick', data: String(tick) })
      }
    },

    async websocket(_scope, receive, send) {
      await receive() // websocket.connect
      await send({ type: 'websocket.accept' })

      // A client that closes properly aborts no signal: only reading tells of every end.
      const over = new AbortController()
      const repeat = async (): Promise<void> => {
        for await (const tick of ticker.follow(over.signal)) {
          await send({ type: 'websocket.send', text: `tick ${tick}` })
        }
      }
      await Promise.all([untilEnd(receive).finally(() => over.abort()), repeat()])
    },
  })
}

/** Reads, whatever the client says, until it has left. */
async function untilEnd(receive: Receive<'websocket'>): Promise<void> {
  while ((await receive()).type === 'websocket.receive');
}

export default createApp()

// A report whose parts take a while. Each is forced out when it is there, where the server can do
// that: an extension may be used only when the scope advertises it.
import { setTimeout as wait } from 'node:timers/promises'
import { dispatch, type Application } from '@pagi/server'

interface Options {
  /** What takes a while after each part. */
  readonly work?: () => Promise<unknown>
}

export function createApp({ work = () => wait(100) }: Options = {}): Application {
  return dispatch({
    async http(scope, _receive, send) {
      const connection = scope['pagi.connection']
      const canFlush = scope.extensions.fullflush !== undefined

      await send({
        type: 'http.response.start',
        status: 200,
        headers: [['content-type', 'text/plain; charset=utf-8']],
      })
      for (const part of ['Opened\n', 'Counted\n']) {
        await send({ type: 'http.response.body', body: part, more: true })
        if (canFlush) await send({ type: 'http.fullflush' })
        await work()
        // A report that is not complete must not look complete: leave without the last event.
        if (!connection.isConnected) return
      }
      await send({ type: 'http.response.body', body: 'Closed\n' })
    },
  })
}

export default createApp()

// Opens a store when the server starts, hands it to every request, closes it when the server stops.
import { dispatch } from '@pagi/server'
import { VisitStore } from './visit-store.ts'

declare module '@pagi/server' {
  interface StateKeys {
    visits?: VisitStore
  }
}

export default dispatch({
  async lifespan(scope, receive, send) {
    await receive() // lifespan.startup
    const visits = await VisitStore.open()
    // What is in `state` now, each request finds in its own copy: the same store for all.
    if (scope.state !== undefined) scope.state.visits = visits
    await send({ type: 'lifespan.startup.complete' })

    await receive() // lifespan.shutdown, once the last request is over
    await visits.close()
    await send({ type: 'lifespan.shutdown.complete' })
  },

  async http(scope, _receive, send) {
    const visits = scope.state?.visits
    if (visits === undefined) throw new Error('this server keeps no state')
    const count = await visits.count(scope.path)

    await send({
      type: 'http.response.start',
      status: 200,
      headers: [['content-type', 'text/plain; charset=utf-8']],
    })
    await send({ type: 'http.response.body', body: `Visit ${count} of ${scope.path}\n` })
  },
})

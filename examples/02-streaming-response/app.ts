// Counts: one line per number, sent as it is made. Nothing piles up for a slow reader, since `send`
// resolves only when more may be sent; for one who left, the counting stops.
import { UnsupportedScopeError, type Application, type HttpScope } from '@pagi/server'

const app: Application = async (scope, _receive, send) => {
  if (scope.type !== 'http') throw new UnsupportedScopeError(scope)

  const connection = scope['pagi.connection']
  const count = scope.method === 'HEAD' ? 0 : countWanted(scope)
  const trailers = takesTrailers(scope)

  await send({
    type: 'http.response.start',
    status: 200,
    headers: [
      ['content-type', 'text/plain; charset=utf-8'],
      ...(trailers ? ([['trailer', 'x-lines']] as const) : []),
    ],
    trailers,
  })
  for (let line = 1; line <= count; line += 1) {
    // A response that is not complete must not look complete: leave without the last event.
    if (!connection.isConnected) return
    await send({ type: 'http.response.body', body: `${line}\n`, more: true })
  }
  await send({ type: 'http.response.body' })
  if (trailers) {
    await send({ type: 'http.response.trailers', headers: [['x-lines', String(count)]] })
  }
}

/** `?count=1000` */
function countWanted({ query_string }: HttpScope): number {
  const count = Number(new URLSearchParams(query_string).get('count') ?? '5')
  return Number.isSafeInteger(count) && count >= 0 ? count : 5
}

/** Trailers need a client that asked for them, and a protocol that can carry them. */
function takesTrailers({ headers, http_version }: HttpScope): boolean {
  const wanted = headers.some(([name, value]) => name === 'te' && /\btrailers\b/i.test(value))
  return wanted && http_version !== '1.0'
}

export default app

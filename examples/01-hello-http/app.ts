import { UnsupportedScopeError, type Application } from '@pagi/server'

const app: Application = async (scope, _receive, send) => {
  if (scope.type !== 'http') throw new UnsupportedScopeError(scope)

  await send({
    type: 'http.response.start',
    status: 200,
    headers: [['content-type', 'text/plain; charset=utf-8']],
  })
  await send({ type: 'http.response.body', body: `Hello from PAGI at ${scope.path}\n` })
}

export default app

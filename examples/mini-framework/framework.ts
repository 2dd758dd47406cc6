import { UnsupportedScopeError, type Application, type HeaderList } from '@pagi/server'

export interface Reply {
  readonly status?: number
  readonly headers?: HeaderList
  readonly body?: string
}

export interface Context {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The text in place of `:name`. */
  readonly param: (name: string) => string
  /** The request body as text. */
  readonly text: () => Promise<string>
}

export type Handler = (context: Context) => Promise<Reply> | Reply

/** Routes by method and path, as in `framework({ 'GET /users/:id': (context) => ... })`. */
export function framework(routes: Readonly<Record<string, Handler>>): Application {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ')
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    return { method, names, path: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`), handler }
  })

  return async (scope, receive, send) => {
    // A stream was asked for, but an ordinary answer is allowed: the events are the same.
    if (scope.type !== 'http' && scope.type !== 'sse') throw new UnsupportedScopeError(scope)
    const { method, path, query_string } = scope
    const wanted = method === 'HEAD' ? 'GET' : method // the server leaves out the body
    const here = table.filter((route) => route.path.test(path))
    const route = here.find((candidate) => candidate.method === wanted)

    const text = async (): Promise<string> => {
      const decoder = new TextDecoder()
      for (let read = ''; ;) {
        const event = await receive()
        if (event.type !== 'http.request' && event.type !== 'sse.request') {
          throw new Error('the client left before the end of its request')
        }
        read += decoder.decode(event.body, { stream: event.more })
        if (!event.more) return read
      }
    }
    const param = (name: string): string => {
      const value = route?.path.exec(path)?.[route.names.indexOf(name) + 1]
      if (value === undefined) throw new Error(`no :${name} in the path of this route`)
      return value
    }

    const context = { method, path, query: new URLSearchParams(query_string), param, text }
    const { status = 200, headers = [], body = '' } = await answer()
    await send({ type: 'http.response.start', status, headers })
    await send({ type: 'http.response.body', body })

    async function answer(): Promise<Reply> {
      if (route !== undefined) return route.handler(context)
      if (here.length === 0) return plain(404, `Nothing at ${path}\n`)
      const allow = here.map(({ method: m }) => (m === 'GET' ? 'GET, HEAD' : m)).join(', ')
      return plain(405, `Not with ${method}\n`, [['allow', allow]])
    }
  }
}

export const plain = (status: number, body: string, headers: HeaderList = []): Reply => ({
  status,
  headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
  body,
})

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: [['content-type', 'application/json']],
  body: `${JSON.stringify(value)}\n`,
})

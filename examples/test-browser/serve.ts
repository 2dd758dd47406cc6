import { serve, type Application, type Scope, type Server } from '@pagi/server'
import { onTestFinished } from 'vitest'

/** The default export of an example, as `pagi-server` would load it. */
export async function load(example: string): Promise<Application> {
  const url = new URL(`../${example}/app.ts`, import.meta.url)
  const module: { default: Application } = await import(url.href)
  return module.default
}

/** Serves an application until the test is over. */
export async function serving(app: Application, port = 0): Promise<Server> {
  const server = await serve(app, { port, logLevel: 'silent' })
  onTestFinished(() => server.close())
  return server
}

/** Puts an empty page before an application that has none: a browser wants to be somewhere. */
export function withPage(app: Application): Application {
  return async (scope, receive, send) => {
    if (scope.type !== 'http' || scope.method !== 'GET') return app(scope, receive, send)
    const headers = [['content-type', 'text/html; charset=utf-8']] as const
    await send({ type: 'http.response.start', status: 200, headers })
    await send({ type: 'http.response.body', body: '<!doctype html><title>empty</title>' })
  }
}

/** Hands the scopes of one type, in the order they come, to whoever asks. */
export function scopesOf<T extends Scope['type']>(
  type: T,
  app: Application,
): { app: Application; next: () => Promise<Extract<Scope, { type: T }>> } {
  type Wanted = Extract<Scope, { type: T }>
  const isWanted = (scope: Scope): scope is Wanted => scope.type === type
  const scopes: Wanted[] = []
  const waiting: ((scope: Wanted) => void)[] = []
  return {
    app: (scope, receive, send) => {
      if (isWanted(scope)) {
        const asked = waiting.shift()
        if (asked === undefined) scopes.push(scope)
        else asked(scope)
      }
      return app(scope, receive, send)
    },
    next: () => {
      const scope = scopes.shift()
      if (scope !== undefined) return Promise.resolve(scope)
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

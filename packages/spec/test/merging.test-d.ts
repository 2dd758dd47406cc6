/** Own keys and events by declaration merging. Checked by `tsc`, never run. */

import type { Application, Middleware, State } from '@pagi/spec'

declare module '@pagi/spec' {
  interface ScopeKeys {
    'myapp.user'?: { name: string }
  }
  interface StateKeys {
    counter?: { value: number }
  }
  interface Extensions {
    early_hints?: { most: number }
  }
  interface ExtensionSendEvents {
    'http.early_hints': { type: 'http.early_hints'; links: readonly string[] }
  }
}

export const authenticate: Middleware = (app) => (scope, receive, send) =>
  app({ ...scope, 'myapp.user': { name: 'ada' } }, receive, send)

export const app: Application = async (scope, receive, send) => {
  const name: string | undefined = scope['myapp.user']?.name
  // @ts-expect-error nobody declared this key
  void scope['myapp.group']
  if (scope.type === 'lifespan') return
  const value: number | undefined = scope.state?.counter?.value
  const other: unknown = scope.state?.['other']
  // @ts-expect-error a key that is not declared may be anything
  const text: string | undefined = scope.state?.['other']
  const most: number | undefined = scope.extensions.early_hints?.most
  // @ts-expect-error nobody declared this extension
  void scope.extensions.late_hints
  await send({ type: 'http.early_hints', links: ['</a.css>; rel=preload'] })
  // @ts-expect-error links is required
  await send({ type: 'http.early_hints' })
  void [name, value, other, text, most]
}

export const one: Application<'http'> = async (scope, receive, send) => {
  const name: string | undefined = scope['myapp.user']?.name
  void name
  await send({ type: 'http.early_hints', links: [] })
}

export const state: State = { counter: { value: 1 }, anything: true }
// @ts-expect-error a declared key has its type
export const wrong: State = { counter: 1 }

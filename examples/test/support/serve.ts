import { serve, type Application, type Scope, type Server } from '@pagi/server'
import { onTestFinished } from 'vitest'

/** The default export of an example, as `pagi-server` would load it. */
export async function load(example: string): Promise<Application> {
  const url = new URL(`../../${example}/app.ts`, import.meta.url)
  const module: { default: Application } = await import(url.href)
  return module.default
}

/** Serves an application until the test is over. */
export async function serving(app: Application): Promise<Server> {
  const server = await serve(app, { port: 0, logLevel: 'silent' })
  onTestFinished(() => server.close())
  return server
}

/** A call of an application. */
export interface Call<Called extends Scope = Scope> {
  readonly scope: Called
  /** Settles as the application's promise does. */
  readonly settled: Promise<void>
}

type ScopeOf<Type extends Scope['type']> = Extract<Scope, { readonly type: Type }>

/** Lets a test see how an application is called. */
export class Watched {
  readonly #app: Application
  readonly #calls: Call[] = []
  readonly #waiting = new Set<() => void>()

  constructor(app: Application) {
    this.#app = app
  }

  readonly app: Application = (scope, receive, send) => {
    const settled = this.#app(scope, receive, send)
    this.#calls.push({ scope, settled })
    for (const wake of this.#waiting) wake()
    return settled
  }

  /** The first call for a scope of this type that was not asked for before. */
  async call<Type extends Scope['type']>(type: Type): Promise<Call<ScopeOf<Type>>> {
    const isWanted = (scope: Scope): scope is ScopeOf<Type> => scope.type === type
    for (;;) {
      for (const [index, { scope, settled }] of this.#calls.entries()) {
        if (!isWanted(scope)) continue
        this.#calls.splice(index, 1)
        return { scope, settled }
      }
      await this.#called()
    }
  }

  #called(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
    })
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerError } from './final-answers.ts'
import type { ConnectErrorMiddleware, ConnectLayer, ConnectMiddleware } from './handlers.ts'
import { promiseOf } from './promise-of.ts'

// A stack of middleware, and the way of a request through it, as Connect has it.

/** A request as Connect and Express pass it on: `url` is cut below a mount. */
interface MountedRequest extends IncomingMessage {
  baseUrl?: string
  originalUrl?: string
}

type Middleware = ConnectMiddleware | ConnectErrorMiddleware

export interface Layer {
  /** Without a slash at its end; '' is everywhere. */
  readonly path: string
  readonly call: ConnectErrorMiddleware
  readonly takesErrors: boolean
}

/** Called when all middleware has let the request pass. */
export type Passed = (res: ServerResponse) => Promise<void> | undefined

/** One request on its way through the stack. */
export class Walk {
  /** Settles when the response is over, and every promise that middleware has returned. */
  readonly done: Promise<void>
  readonly #stack: readonly Layer[]
  readonly #req: MountedRequest
  readonly #res: ServerResponse
  readonly #passed: Passed
  readonly #baseUrl: string
  /** What a mount has cut from `req.url`. Middleware may rewrite the rest, and that shall last. */
  #cut = ''
  #slashAdded = false
  /** Promises of middleware, and the response. */
  #pending = 1
  #failure: { readonly error: unknown } | undefined
  #settle: () => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(stack: readonly Layer[], req: MountedRequest, res: ServerResponse, passed: Passed) {
    this.#stack = stack
    this.#req = req
    this.#res = res
    this.#passed = passed
    this.#baseUrl = req.baseUrl ?? ''
    req.originalUrl ??= req.url ?? '/'
    this.done = new Promise((resolve, reject) => {
      this.#reject = reject
      this.#settle = () => {
        this.#pending -= 1
        if (this.#pending > 0) return
        if (this.#failure === undefined) resolve()
        else reject(this.#failure.error)
      }
    })
    res.on('close', this.#settle)
    this.#goOn(0, undefined)
  }

  #goOn(from: number, error: unknown): void {
    this.#leaveMount()
    for (let at = from; at < this.#stack.length; at += 1) {
      const layer = this.#stack[at]
      if (layer === undefined || layer.takesErrors !== isError(error)) continue
      if (layer.path !== '' && !this.#enterMount(layer.path)) continue
      return this.#call(layer, at, error)
    }
    if (isError(error)) return this.#answerError(error)
    const passed = this.#passed(this.#res)
    if (passed !== undefined) void this.#watch(passed, this.#reject)
  }

  /** What is the server's fault, the server shall hear of. */
  #answerError(error: unknown): void {
    const { headersSent, writableEnded } = this.#res
    if (headersSent && !writableEnded)
      this.#reject(error) // half a response is spoilt
    else if (answerError(this.#res, error) >= 500) this.#note(error)
  }

  #enterMount(path: string): boolean {
    const url = this.#req.url ?? '/'
    const rest = below(path, url)
    if (rest === undefined) return false
    this.#cut = url.slice(0, path.length)
    this.#slashAdded = !rest.startsWith('/')
    this.#req.url = this.#slashAdded ? `/${rest}` : rest
    this.#req.baseUrl = this.#baseUrl + this.#cut
    return true
  }

  #leaveMount(): void {
    if (this.#cut === '') return
    const url = this.#req.url ?? '/'
    this.#req.url = this.#cut + (this.#slashAdded ? url.slice(1) : url)
    this.#req.baseUrl = this.#baseUrl
    this.#cut = ''
  }

  #call(layer: Layer, at: number, error: unknown): void {
    let left = false
    const next = (problem?: unknown): void => {
      if (left) return
      left = true
      this.#goOn(at + 1, problem)
    }
    const failed = (thrown: unknown): void => {
      const problem = isError(thrown) ? thrown : new Error('middleware failed with no error')
      if (left)
        this.#note(problem) // others have the response now
      else next(problem)
    }
    try {
      const result = promiseOf(layer.call(error, this.#req, this.#res, next))
      if (result !== undefined) void this.#watch(result, failed)
    } catch (thrown) {
      failed(thrown)
    }
  }

  async #watch(result: Promise<unknown>, failed: (thrown: unknown) => void): Promise<void> {
    this.#pending += 1
    try {
      await result
    } catch (thrown) {
      failed(thrown)
    }
    this.#settle()
  }

  #note(error: unknown): void {
    this.#failure ??= { error }
  }
}

/** Connect goes on normally after `next(null)` or `next(false)`, and Express after `next('route')`. */
const isError = (error: unknown): boolean =>
  Boolean(error) && error !== 'route' && error !== 'router'

/** What follows a path in a URL; undefined when the URL is elsewhere. */
const below = (path: string, url: string): string | undefined => {
  if (url.slice(0, path.length).toLowerCase() !== path.toLowerCase()) return undefined
  const rest = url.slice(path.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

/** @throws TypeError when a layer is none */
export const readStack = (layers: readonly ConnectLayer[]): readonly Layer[] =>
  layers.flatMap(readLayer)

const readLayer = (layer: ConnectLayer): Layer[] => {
  if (typeof layer === 'function') return [layerOf('', layer)]
  if (!Array.isArray(layer)) throw notALayer(layer)
  const [path, ...middleware]: readonly unknown[] = layer
  if (typeof path !== 'string' || !path.startsWith('/')) throw notALayer(layer)
  return middleware.map((one) => {
    if (!isMiddleware(one)) throw notALayer(layer)
    return layerOf(path.replace(/\/+$/, ''), one)
  })
}

const isMiddleware = (value: unknown): value is Middleware => typeof value === 'function'

const takesErrors = (middleware: Middleware): middleware is ConnectErrorMiddleware =>
  middleware.length === 4

const layerOf = (path: string, middleware: Middleware): Layer =>
  takesErrors(middleware)
    ? { path, takesErrors: true, call: middleware }
    : {
        path,
        takesErrors: false,
        call: (_error, req, res, next) => middleware(req, res, next),
      }

const notALayer = (layer: unknown): TypeError =>
  new TypeError(
    `a layer of middleware is a function or [path, ...functions], with a path that begins with "/", got ${Array.isArray(layer) ? `[${layer.map((one) => typeof one).join(', ')}]` : typeof layer}`,
  )

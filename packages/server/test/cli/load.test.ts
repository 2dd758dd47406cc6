import { isPagiError, LoadError } from '@pagi/spec'
import { describe, expect, test, vi } from 'vitest'
import { applicationOf } from '../../src/cli/application.ts'
import { choose } from '../../src/cli/choose.ts'
import type { Target } from '../../src/cli/locate.ts'

const what = 'the default export of app.ts'
const app = async (): Promise<void> => undefined

class Site {
  toApp(): unknown {
    return app
  }
}

function load(value: unknown): Promise<unknown> {
  return applicationOf({ value, what, factory: false }, {})
}

function make(value: unknown, options = {}): Promise<unknown> {
  return applicationOf({ value, what: 'createApp of app.ts', factory: true }, options)
}

async function failure(loading: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await loading
    return ['none', '']
  } catch (error) {
    if (error instanceof LoadError && isPagiError(error, 'ERR_PAGI_LOAD')) {
      return [error.stage, error.message]
    }
    throw error
  }
}

describe('which export is the application', () => {
  const target: Target = {
    specifier: 'file:///app.ts',
    shown: 'app.ts',
    file: '/app.ts',
    name: undefined,
    hooked: true,
  }
  const other = async (): Promise<void> => undefined

  test.each([
    ['default', { createApp: other, app: other, default: app }, what],
    ['app', { createApp: other, app }, 'app of app.ts'],
    ['createApp', { createApp: app, start: other }, 'createApp of app.ts'],
  ])('%s comes next', (_, module, words) => {
    expect(choose(module, target)).toMatchObject({ value: app, what: words })
  })

  test('only createApp makes its application', () => {
    expect(choose({ createApp: app }, target).factory).toBe(true)
    expect(choose({ app }, target).factory).toBe(false)
    expect(choose({ createApp: app }, { ...target, name: 'createApp' }).factory).toBe(true)
  })

  test('a name takes that export, whatever else there is', () => {
    expect(choose({ default: other, admin: app }, { ...target, name: 'admin' }).value).toBe(app)
  })

  test.each([
    ['all that CommonJS exports', { default: app, 'module.exports': app }],
    [
      'a default compiled to CommonJS',
      { default: { __esModule: true, default: app }, __esModule: true },
    ],
    ['a name exported from CommonJS', { default: { app }, app, 'module.exports': { app } }],
  ])('%s is found', (_, module) => {
    expect(choose(module, target).value).toBe(app)
  })

  test.each([
    [
      { start: app, App: app },
      undefined,
      'app.ts has no default export, no app and no createApp: it exports start, App',
    ],
    [{}, undefined, 'app.ts has no default export, no app and no createApp: it exports nothing'],
    [{ admin: app }, 'admim', 'app.ts has no export admim: did you mean app.ts:admin?'],
    [{ default: app }, 'somethingElse', 'app.ts has no export somethingElse: it exports default'],
  ])('%j without it fails in discovery', async (module, name, message) => {
    const loading = Promise.resolve().then(() => choose(module, { ...target, name }))
    expect(await failure(loading)).toEqual(['discovery', message])
  })
})

describe('an application function', () => {
  test('is taken as it is and not called', async () => {
    const native = vi.fn(app)
    expect(await load(native)).toBe(native)
    expect(native).not.toHaveBeenCalled()
  })

  test('wins over a toApp of its own, which is not called (RUN-05)', async () => {
    const toApp = vi.fn(() => app)
    const native = Object.assign(async () => undefined, { toApp })
    expect(await load(native)).toBe(native)
    expect(toApp).not.toHaveBeenCalled()
  })

  test('may be promised', async () => {
    expect(await load(Promise.resolve(app))).toBe(app)
  })

  test('that is promised and fails is a construction error with its cause', async () => {
    const cause = new Error('no database')
    const error: unknown = await load(Promise.reject(cause)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ stage: 'construction', message: `${what} failed`, cause })
  })

  test('cannot be a generator', async () => {
    const [stage, message] = await failure(load(async function* () {}))
    expect(stage).toBe('validation')
    expect(message).toContain('is a generator function')
  })
})

describe('a provider', () => {
  test('is asked once, as a method, for its application (RUN-02)', async () => {
    const provider = {
      made: app,
      calls: 0,
      toApp(): unknown {
        this.calls += 1
        return this.made
      },
    }
    expect(await load(provider)).toBe(app)
    expect(provider.calls).toBe(1)
  })

  test('may have toApp from its class', async () => {
    expect(await load(new Site())).toBe(app)
  })

  test('whose toApp throws fails in stage toApp, with its cause', async () => {
    const cause = new Error('no routes')
    const provider = {
      toApp: () => {
        throw cause
      },
    }
    const error: unknown = await load(provider).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ stage: 'toApp', message: `toApp() of ${what} failed`, cause })
  })

  test.each([
    ['undefined', () => undefined, 'got undefined'],
    ['an object', () => ({ toApp: () => app }), 'got an object with the keys toApp'],
    ['a class', () => Site, 'got class Site'],
    ['a promise', async () => app, 'toApp() cannot be async'],
    ['a promise that fails', () => Promise.reject(new Error('late')), 'toApp() cannot be async'],
  ])('whose toApp returns %s fails in validation (RUN-03)', async (_, toApp, words) => {
    const [stage, message] = await failure(load({ toApp }))
    expect([stage, message]).toEqual(['validation', expect.stringContaining(words)])
  })
})

describe('createApp', () => {
  test('gets a copy of the arguments and makes the application, or promises it', async () => {
    const given = { room: 'lobby' }
    const createApp = vi.fn(async (options: object) => Object.assign(app, { options }))
    expect(await make(createApp, given)).toBe(app)
    expect(createApp.mock.calls).toEqual([[{ room: 'lobby' }]])
    expect(createApp.mock.calls[0]?.[0]).not.toBe(given)
  })

  test('may make a provider', async () => {
    expect(await make(() => ({ toApp: () => app }))).toBe(app)
  })

  test.each([
    ['is no function', 'app', 'validation', 'createApp of app.ts must be a function, got "app"'],
    ['makes nothing', () => undefined, 'validation', /must be a function .* got undefined$/],
    ['is a class', Site, 'construction', /^createApp of app.ts is a class \(class Site\)/],
    ['makes a class', () => Site, 'construction', /is a class \(class Site\)/],
    [
      'throws',
      () => {
        throw new Error('no room')
      },
      'construction',
      'createApp of app.ts failed',
    ],
    [
      'rejects',
      async () => Promise.reject(new Error('no')),
      'construction',
      'createApp of app.ts failed',
    ],
  ])('that %s fails', async (_, createApp, stage, words) => {
    const [failed, message] = await failure(make(createApp))
    expect(failed).toBe(stage)
    expect(message).toMatch(words)
  })
})

describe('what is no application', () => {
  const refuse = (): never => {
    throw new Error('called')
  }
  const methods = (...names: string[]): object =>
    Object.fromEntries(names.map((name) => [name, refuse]))

  const NODE = 'export default fromNodeHandler(app)'

  test.each([
    ['Express', Object.assign(refuse, methods('use', 'handle', 'set', 'param', 'listen')), NODE],
    ['Connect', Object.assign((): never => refuse(), methods('use', 'handle', 'listen')), NODE],
    [
      'Koa',
      { ...methods('use', 'callback', 'listen'), middleware: [] },
      'export default fromNodeHandler(app.callback())',
    ],
    [
      'Fastify',
      methods('inject', 'register', 'ready', 'listen', 'then'),
      'export default fromNodeHandler(app.routing), after await app.ready()',
    ],
    ['{ fetch }', methods('fetch'), 'export default fromFetchHandler(app)'],
    ['{ fetch }', methods('fetch', 'request', 'listen'), 'export default fromFetchHandler(app)'],
    ['a server of its own', methods('listen'), 'listen()'],
  ])('%s is named and not called', async (kind, value, advice) => {
    const [stage, message] = await failure(load(value))
    expect(stage).toBe('validation')
    expect(message).toContain(`is a`)
    expect(message).toContain(kind)
    expect(message).toContain('but a PAGI application is a function (scope, receive, send)')
    expect(message).toContain(advice)
  })

  test.each([
    ['a class', Site, 'construction', /is a class \(class Site\): export an instance/],
    ['undefined', undefined, 'validation', /must be a function .*, got undefined$/],
    ['null', null, 'validation', /got null$/],
    ['a name', 'app', 'validation', /got "app"$/],
    ['a plain object', { port: 1 }, 'validation', /got an object with the keys port$/],
  ])('%s is refused (RUN-03, RUN-06)', async (_, value, stage, words) => {
    const [failed, message] = await failure(load(value))
    expect([failed, message]).toEqual([stage, expect.stringMatching(words)])
  })

  test('a getter that throws is no reason to fail otherwise', async () => {
    const value = Object.defineProperty({}, 'toApp', { get: refuse, enumerable: true })
    expect((await failure(load(value)))[0]).toBe('validation')
  })
})

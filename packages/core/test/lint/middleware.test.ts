import { UnsupportedScopeError } from '@pagi/spec'
import type { Application, Middleware } from '@pagi/spec'
import { describe, expect, test } from 'vitest'
import { lint, lintMiddleware, LINT_RULES, probeUnsupportedScope } from '../../src/lint.ts'
import type { LintViolation } from '../../src/lint.ts'
import { respond } from './cases.ts'
import { inside, MIDDLEWARE } from './middleware-cases.ts'
import { stage, wild } from './support.ts'

const linted = async (middleware: Middleware, app: Application): Promise<LintViolation[]> => {
  const found: LintViolation[] = []
  const report = (violation: LintViolation): unknown => found.push(violation)
  await stage('http').run(lintMiddleware(middleware, { report })(app))
  return found
}

describe.each(MIDDLEWARE)('$code, $requirement: $says', (one) => {
  test('is named once, with its place', async () => {
    const found = await linted(one.bad, inside(one))
    expect(found).toEqual([
      expect.objectContaining({
        code: `ERR_PAGI_LINT_${one.code}`,
        requirement: one.requirement,
        message: expect.stringContaining(one.says),
        scopeType: 'http',
      }),
    ])
    const [violation] = found
    if (one.nowhere === true) expect(violation).not.toHaveProperty('place')
    else expect(violation?.place).toMatch(/[/\\]test[/\\]lint[/\\]middleware-cases\.ts:\d+:\d+$/)
  })

  test('is not found in the twin that is in order', async () => {
    expect(await linted(one.good, inside(one))).toEqual([])
  })
})

test('there is a case for every rule that binds middleware, with every requirement it may name', () => {
  const tried = MIDDLEWARE.map(({ code, requirement }) => `ERR_PAGI_LINT_${code} ${requirement}`)
  for (const [code, { binds, requirements }] of Object.entries(LINT_RULES)) {
    if (binds !== 'middleware') continue
    const named = tried.filter((one) => one.startsWith(`${code} `))
    expect(named, code).not.toEqual([])
    for (const one of named) expect(requirements).toContain(one.split(' ')[1])
  }
})

test('an answer of its own is no inner response sent on', async () => {
  const teapot: Middleware = (app) => (scope, receive, send) =>
    app(scope, receive, async (event) => {
      if (event.type !== 'http.response.start') return
      await send({ ...event, status: 418, headers: [['etag', '"tea"']] })
      await send({ type: 'http.response.body' })
    })
  expect(await linted(teapot, wild(respond))).toEqual([])
})

test('calls that overlap are told apart, even where the scope was copied deeply', async () => {
  const found: string[] = []
  const waiting: (() => void)[] = []
  const slow: Application = async (scope, _receive, send) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
    await send({ type: 'http.response.start', status: 200 })
    if (scope.type === 'http' && scope.path === '/cut') return
    await send({ type: 'http.response.body' })
  }
  const finishing: Middleware = (app) => async (scope, receive, send) => {
    const events: Parameters<typeof send>[0][] = []
    await app({ ...scope }, receive, async (event) => {
      events.push(event)
    })
    for (const event of events) await send(event)
    if (events.length === 1) await send({ type: 'http.response.body' })
  }
  const report = ({ code }: LintViolation): unknown => found.push(code)
  const app = lintMiddleware(finishing, { report, strict: true })(slow)
  const runs = ['/', '/cut', '/'].map((path) => stage('http', { path }).run(app))
  for (const go of waiting) go()
  await Promise.all(runs)
  expect(found).toEqual(['ERR_PAGI_LINT_COMPLETED_INCOMPLETE'])
})

test('a middleware and the applications around it are watched side by side', async () => {
  const found: LintViolation[] = []
  const options = { report: (violation: LintViolation) => found.push(violation) }
  const through: Middleware = (app) => (scope, receive, send) => app(scope, receive, send)
  const app = lint(lintMiddleware(through, options)(lint(wild(respond), options)), options)
  for (const kind of ['http', 'sse'] as const) await stage(kind).run(app)
  expect(found).toEqual([])
})

describe('probeUnsupportedScope', () => {
  const probed = async (app: Application): Promise<LintViolation[]> => {
    const found: LintViolation[] = []
    await probeUnsupportedScope(app, { report: (violation) => found.push(violation) })
    return found
  }
  const violation = (message: string): unknown => [
    expect.objectContaining({
      code: 'ERR_PAGI_LINT_UNSUPPORTED_SCOPE',
      requirement: 'CORE-09',
      message: expect.stringContaining(message),
    }),
  ]

  test('an application that fails is in order', async () => {
    const app: Application = (scope) => Promise.reject(new UnsupportedScopeError(scope))
    expect(await probed(app)).toEqual([])
  })

  test('one that returns is not', async () => {
    expect(await probed(wild(() => undefined))).toEqual(violation('the application returned'))
  })

  test('nor is one that waits for events, or sends some', async () => {
    expect(await probed(wild((_scope, receive) => receive()))).toEqual(
      violation('receive was called'),
    )
    expect(await probed(wild(respond))).toEqual(violation('send was called'))
  })
})

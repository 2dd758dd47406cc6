import type { Application, Scope } from '@pagi/spec'
import { expect, test, vi } from 'vitest'
import { formatViolation, lint, LINT_RULES } from '../../src/lint.ts'
import type { LintViolation } from '../../src/lint.ts'
import { isObject } from '../../src/lint/peek.ts'
import { CALLS } from './apps-calls.ts'
import { EVENTS } from './apps-events.ts'
import { linted, stage, wild } from './support.ts'

// What the wrapper promises a correct application, and those who read what it says.

const seen = async (over: object = {}): Promise<{ given: Scope; got: Scope }> => {
  const on = stage('http', { ...over })
  let got: Scope | undefined
  const app: Application = async (scope, _receive, send) => {
    got = scope
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body' })
  }
  await on.run(lint(app, { report: (violation) => expect.fail(violation.message) }))
  if (got === undefined) throw new Error('the application was not called')
  return { given: on.scope, got }
}

test('every value of the scope keeps its identity', async () => {
  const { given, got } = await seen()
  expect(Object.keys(got)).toEqual(Object.keys(given))
  for (const key of Object.keys(given)) expect(Reflect.get(got, key)).toBe(Reflect.get(given, key))
})

test('the scope is frozen, and what is spread from it is an ordinary object', async () => {
  const { given, got } = await seen({ [Symbol.for('mine')]: 1 })
  expect(Object.isFrozen(got)).toBe(true)
  const clone = { ...got }
  expect(Object.getOwnPropertyDescriptors(clone)).toEqual(
    Object.getOwnPropertyDescriptors({ ...given }),
  )
})

const CHANGES: readonly (readonly [string, (scope: object) => unknown, string])[] = [
  ['assigning', (scope) => Object.assign(scope, { path: '/' }), 'scope["path"] was assigned'],
  [
    'defining',
    (scope) => Object.defineProperty(scope, 'x', { value: 1 }),
    'scope["x"] was defined',
  ],
  ['deleting', (scope) => delete Object(scope).path, 'scope["path"] was deleted'],
  [
    'a new prototype',
    (scope) => Object.setPrototypeOf(scope, {}),
    'scope["__proto__"] was replaced',
  ],
]

test.each(CHANGES)(
  '%s fails as with any frozen object, and is named',
  async (_way, change, said) => {
    let failure: unknown
    const found = await linted('http', async (scope, _receive, send) => {
      try {
        change(scope)
      } catch (error) {
        failure = error
      }
      await send({ type: 'http.response.start', status: 200 })
      await send({ type: 'http.response.body' })
    })
    expect(failure).toBeInstanceOf(TypeError)
    expect(found).toEqual([
      {
        code: 'ERR_PAGI_LINT_SCOPE_CHANGED',
        requirement: 'MW-03',
        message: expect.stringContaining(said),
        place: expect.stringMatching(/wrapper\.test\.ts:\d+:\d+$/),
        scopeType: 'http',
      },
    ])
  },
)

test('a violation is named once however often it happens, and every time in strict mode', async () => {
  const returns: Application = wild(async (_scope, _receive, send) => {
    await send({ type: 'http.response.start', status: 200, headers: [['te', 'trailers']] })
    await send({ type: 'http.response.body' })
  })
  for (const strict of [false, true]) {
    const found: LintViolation[] = []
    const app = lint(returns, { report: (violation) => found.push(violation), strict })
    for (let time = 0; time < 3; time += 1) await stage('http').run(app)
    expect(found).toHaveLength(strict ? 3 : 1)
  }
})

test('without a report the console is told', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  await stage('http').run(lint(wild(() => Promise.resolve())))
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^lint: .* \[ERR_PAGI_LINT_NO_RESPONSE, HTTP-71, http\]$/)],
  ])
  warn.mockRestore()
})

test('a violation makes one line', () => {
  const violation: LintViolation = {
    code: 'ERR_PAGI_LINT_UNAWAITED_SEND',
    requirement: 'CORE-33',
    message: 'await it',
    place: '/app.ts:1:2',
    scopeType: 'http',
  }
  expect(formatViolation(violation)).toBe(
    'lint: await it [ERR_PAGI_LINT_UNAWAITED_SEND, CORE-33, http, at /app.ts:1:2]',
  )
})

test('what the application fails with reaches the server, and so does a synchronous failure', async () => {
  const failure = new Error('mine')
  const { scope } = stage('http')
  const none = (): Promise<never> => new Promise(() => undefined)
  const failing: Application = () => {
    throw failure
  }
  await expect(lint(failing)(scope, none, none)).rejects.toBe(failure)
})

test('options of receive are passed on', async () => {
  const reasons: unknown[] = []
  await linted('http', async (_scope, receive, send) => {
    const reason = new Error('no longer wanted')
    reasons.push(
      await receive({ signal: AbortSignal.abort(reason) }).catch((error) => error === reason),
    )
    await send({ type: 'http.response.start', status: 200 })
    await send({ type: 'http.response.body' })
  })
  expect(reasons).toEqual([true])
})

test('a getter of an event is read by the server alone', async () => {
  let reads = 0
  const found = await linted('http', async (_scope, _receive, send) => {
    await send({
      type: 'http.response.start',
      get status() {
        reads += 1
        return 200
      },
    })
    await send({ type: 'http.response.body' })
  })
  expect({ reads, found }).toEqual({ reads: 1, found: [] })
})

test('the wrapper takes no view of an application that a client has left', async () => {
  const found = await linted(
    'http',
    async (_scope, receive, send) => {
      await send({ type: 'http.response.start', status: 200 })
      await receive()
      await send({ type: 'http.response.body', body: 'x', more: true })
    },
    { act: (on) => on.lose() },
  )
  expect(found).toEqual([])
})

test('LINT_RULES is frozen, and each rule has requirements and one sentence', () => {
  expect(Object.isFrozen(LINT_RULES)).toBe(true)
  for (const [code, rule] of Object.entries(LINT_RULES)) {
    expect(code).toMatch(/^ERR_PAGI_LINT_[A-Z_]+$/)
    expect(isObject(rule) && Object.isFrozen(rule)).toBe(true)
    expect(rule.requirements.length).toBeGreaterThan(0)
    expect(rule.summary).toMatch(/^[A-Z][^\n]*\.$/)
  }
  expect(CALLS.length + EVENTS.length).toBeGreaterThan(25)
})

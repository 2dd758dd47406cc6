import type { Application } from '@pagi/server'
import { lint, testApp, type TestClient, type TestOptions } from '@pagi/testing'
import { expect, onTestFinished } from 'vitest'

/**
 * A client of an application, without a server, until the test is over. By then nothing may have failed,
 * not even for a client that had left, have been refused or be against the rules.
 */
export function clientOf(app: Application, options?: TestOptions): TestClient {
  const violations: string[] = []
  const strict = lint(app, { report: ({ message }) => void violations.push(message) })
  const client = testApp(strict, options)
  onTestFinished(async () => {
    await client.close()
    client.verify()
    expect(violations).toEqual([])
    expect(client.log.filter(({ cause }) => cause !== undefined)).toEqual([])
  })
  return client
}

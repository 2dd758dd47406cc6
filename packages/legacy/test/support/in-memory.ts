import type { Application } from '@pagi/server'
import { lint, testApp } from '@pagi/testing'
import type { TestClient, TestOptions } from '@pagi/testing'
import { expect, onTestFinished } from 'vitest'

/** A client of an application in memory, which by the end of the test has done nothing wrong. */
export const clientOf = (app: Application, options?: TestOptions): TestClient => {
  const violations: string[] = []
  const strict = lint(app, { report: ({ message }) => void violations.push(message) })
  const client = testApp(strict, options)
  onTestFinished(async () => {
    await client.close()
    client.verify()
    expect(violations).toEqual([])
  })
  return client
}

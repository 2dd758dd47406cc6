import { expect, test } from 'vitest'
import { watch } from '../../src/lint/watched-promise.ts'

const failing = (): Promise<void> => Promise.reject(new Error('no'))

test('a promise nobody asks about is not asked for, whatever becomes of it', async () => {
  const kept = watch(Promise.resolve())
  const failed = watch(failing())
  await Promise.resolve()
  expect(kept.asked()).toBe(false)
  expect(failed.asked()).toBe(false)
})

const WAYS: readonly (readonly [string, (promise: Promise<void>) => unknown])[] = [
  ['await', async (promise) => promise],
  ['then', (promise) => promise.then(() => undefined)],
  ['catch', (promise) => promise.catch(() => undefined)],
  ['finally', (promise) => promise.finally(() => undefined)],
  ['Promise.all', (promise) => Promise.all([promise, promise])],
  ['Promise.race', (promise) => Promise.race([promise, promise])],
  ['Promise.allSettled', (promise) => Promise.allSettled([promise])],
  ['Promise.resolve', (promise) => Promise.resolve(promise)],
]

test.each(WAYS)('%s asks', async (_name, ask) => {
  const { promise, asked } = watch(Promise.resolve())
  await ask(promise)
  expect(asked()).toBe(true)
})

test('it settles as the other does', async () => {
  await expect(watch(Promise.resolve()).promise).resolves.toBeUndefined()
  await expect(watch(failing()).promise).rejects.toThrow('no')
  expect(watch(Promise.resolve()).promise).toBeInstanceOf(Promise)
})

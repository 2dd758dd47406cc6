/**
 * Calls a callback of the application. What it throws, or the promise it returns rejects with, is
 * reported and goes no further; the promise is not awaited (CONN-21, CORE-41).
 */
export const callIsolated = (callback: () => unknown, failed: (error: unknown) => void): void => {
  try {
    const result = callback()
    // Not `instanceof Promise`: one of another realm goes unhandled just the same.
    if (isThenable(result)) void Promise.resolve(result).then(undefined, failed)
  } catch (error) {
    failed(error)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** A promise of this or any other kind; undefined for whatever is none. */
export const promiseOf = (value: unknown): Promise<unknown> | undefined =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
    ? Promise.resolve(value)
    : undefined

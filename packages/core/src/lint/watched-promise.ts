/** The promise of a send that knows whether anybody has asked for its outcome. */
export interface Watched {
  readonly promise: Promise<void>
  /** Somebody has asked for the outcome. */
  readonly asked: () => boolean
}

/**
 * Follows another promise. Whoever asks for an outcome, by `await`, `then`, `catch`, `finally` or a
 * combinator, makes the language look up the promise's constructor: that is how to know, with no
 * difference to an ordinary promise. As with any send, nobody needs to handle a rejection (binding,
 * section 5).
 */
export function watch(outcome: Promise<void>): Watched {
  const promise = new Promise<void>((resolve) => {
    resolve(outcome)
  })
  promise.catch(() => undefined)
  let asked = false
  const watched = {
    get: () => {
      asked = true
      return Promise
    },
  }
  void Object.defineProperty(promise, 'constructor', watched)
  return { promise, asked: () => asked }
}

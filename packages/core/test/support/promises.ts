// Looking at promises from outside, without waiting for the ones that stay pending.

/** Lets every continuation that is ready run, and those they make ready. */
export const turn = async (): Promise<void> => {
  for (let hop = 0; hop < 40; hop++) await Promise.resolve()
}

export type Fate<Value> =
  | { readonly state: 'pending' }
  | { readonly state: 'resolved'; readonly value: Value }
  | { readonly state: 'rejected'; readonly error: unknown }

export interface Watched<Value> {
  readonly fate: Fate<Value>
  readonly state: Fate<Value>['state']
}

/** What has become of a promise so far. */
export const watch = <Value>(promise: Promise<Value>): Watched<Value> => {
  let fate: Fate<Value> = { state: 'pending' }
  const follow = async (): Promise<void> => {
    try {
      fate = { state: 'resolved', value: await promise }
    } catch (error) {
      fate = { state: 'rejected', error }
    }
  }
  void follow()
  return {
    get fate() {
      return fate
    },
    get state() {
      return fate.state
    },
  }
}

/** The `code` of what a call throws, or undefined when it returns. */
export const codeThrown = (call: () => unknown): string | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

/** The `code` a promise rejects with, or undefined when it resolves. */
export const codeRejected = async (promise: Promise<unknown>): Promise<string | undefined> => {
  try {
    await promise
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

const codeOf = (error: unknown): string => {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code)
  throw error
}

/** What the client has to say to the author of a test. */

/** The test asked for something that no client can do, or that makes no sense here. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError'
  readonly code = 'ERR_PAGI_TEST_MISUSE'
}

/** Calls of the application had not settled after everything they could wait for had ended. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError'
  readonly code = 'ERR_PAGI_TEST_UNSETTLED'
  /** What each of them was for, and how far it came. */
  readonly calls: readonly string[]

  constructor(calls: readonly string[], options?: ErrorOptions) {
    super(
      `every client has left, and the application has not returned from: ${calls.join('; ')}. It waits for something of its own; see pagi.connection.signal`,
      options,
    )
    this.calls = calls
  }
}

/** The application failed, or an event it sent was refused. */
export class FailuresError extends AggregateError {
  override readonly name = 'FailuresError'
  readonly code = 'ERR_PAGI_TEST_FAILURES'
}

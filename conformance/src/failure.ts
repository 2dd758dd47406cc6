/** The server did not do what the case says: the case has failed. */
export class CaseFailure extends Error {
  override readonly name = 'CaseFailure'
}

/** The case could not be judged: suite, probe or target are at fault. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError'
}

/** The case does not apply here. */
export class Skip extends Error {
  override readonly name = 'Skip'
}

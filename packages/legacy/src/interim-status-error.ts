import { PagiError } from '@pagi/spec'

/** A handler ended its response with a status that only interim responses have. */
export class InterimStatusError extends PagiError {
  override readonly name = 'InterimStatusError'

  constructor(status: number) {
    super(
      'ERR_PAGI_INTERIM_STATUS',
      `a node:http handler answered with status ${status}, which only interim responses have: ` +
        'a response has a status of 200 or above',
    )
  }
}

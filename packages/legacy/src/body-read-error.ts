import { PagiError } from '@pagi/spec'

/** Middleware has read the request's body, which is asked for behind it. */
export class BodyReadError extends PagiError {
  override readonly name = 'BodyReadError'

  constructor() {
    super(
      'ERR_PAGI_BODY_READ',
      'the body of the request was read by middleware: take what that made of it from the scope, ' +
        "at ['legacy.req'], or put the middleware behind whoever receives the body",
    )
  }
}

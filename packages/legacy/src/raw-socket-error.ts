import { PagiError } from '@pagi/spec'

/**
 * A handler wrote to the socket itself, past its response: to upgrade the connection, most likely.
 * Behind PAGI there is no connection to take over; a `websocket` application beside the handler is the
 * way to have one (`dispatch`).
 */
export class RawSocketError extends PagiError {
  override readonly name = 'RawSocketError'

  constructor() {
    super(
      'ERR_PAGI_RAW_SOCKET',
      'a node:http handler wrote to its socket, which is no connection here: answer through the ' +
        'response, and serve WebSocket with a native application beside it, joined by dispatch()',
    )
  }
}

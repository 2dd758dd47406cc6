import type { HeaderList, Send } from '@pagi/server'

/** An ordinary response, which is also how a stream or a handshake is refused. */
export async function respond(
  send: Send<'http'>,
  status: number,
  body: string,
  headers: HeaderList = [],
): Promise<void> {
  await send({
    type: 'http.response.start',
    status,
    headers: [['content-type', 'text/plain; charset=utf-8'], ...headers],
  })
  await send({ type: 'http.response.body', body })
}

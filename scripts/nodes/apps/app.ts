import type { Send } from '@pagi/server'

export default async function app(_scope: unknown, _receive: unknown, send: Send): Promise<void> {
  await send({ type: 'http.response.start', status: 200 })
  await send({ type: 'http.response.body', body: `${process.version} ${process.pid}` })
}

import { sse } from './apps.ts'
import { readChunk, readHead } from './response.ts'
import { get, start } from './start.ts'

/** Seconds, as the tests of keepalives use them. */
const INTERVAL = 0.002

/**
 * Resolves when another server's stream has been kept alive ten times: whatever was due within a few
 * intervals has come by then. So no test has to wait for a time.
 */
export const intervals = async (): Promise<void> => {
  const { connect } = await start(
    sse(async ({ 'pagi.connection': connection }, _receive, send) => {
      await send({ type: 'sse.start' })
      await send({ type: 'sse.keepalive', interval: INTERVAL })
      await connection.ended
    }),
  )
  const client = await connect()
  client.write(get('/', 'accept: text/event-stream'))
  await readHead(client)
  for (let at = 0; at < 10; at++) await readChunk(client)
  client.reset()
}

// A strict program against the published types of @pagi/testing. It is compiled and not run.
import { testApp, turn, type TestClient, type TestOptions } from '@pagi/testing'

const options: TestOptions = { wsMaxPayload: 1024, headers: { 'x-test': '1' }, client: null }

async function use(client: TestClient): Promise<void> {
  const response = await client.post('/', { json: { a: 1 }, query: { page: 2 } })
  const type: string | undefined = response.headers.get('content-type')
  const value: unknown = response.complete ? response.json() : type
  const exchange = await client.open(new URL('http://example.com/a'), { stream: true })
  await exchange.write(new Uint8Array(1))
  exchange.disconnect('read_error')
  for await (const piece of exchange) void piece.byteLength
  const stream = await client.sse('/events', { lastEventId: '7' })
  for await (const { event, data } of stream) void `${event}${data}`
  const socket = await client.websocket('/chat', { subprotocols: ['chat'], answerPings: false })
  for await (const message of socket) socket.send(message)
  const { code }: { code: number } = await socket.close(1000)
  await client.advance(code)
  await turn()
  if (value === undefined) client.verify()
}

export const test = async (): Promise<void> => {
  await using client = testApp(async () => {}, options)
  await use(client)
}

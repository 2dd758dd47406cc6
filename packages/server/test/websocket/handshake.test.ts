import { expect, test } from 'vitest'
import type { Application } from '../../src/index.ts'
import { codeOf, http, respond, websocket } from '../support/apps.ts'
import { handshake, nextFrame, open } from '../support/frames.ts'
import { fieldOf, readHead, readResponse, textOf } from '../support/response.ts'
import { get, start } from '../support/start.ts'

const acceptAndClose: Application<'websocket'> = async (_scope, receive, send) => {
  await receive()
  await send({ type: 'websocket.accept' })
  await send({ type: 'websocket.close' })
}
const closing = websocket(acceptAndClose)

test('a handshake may follow ordinary requests, also pipelined', async () => {
  const { connect } = await start(async (scope, receive, send) => {
    if (scope.type === 'http')
      await http((_s, _r, answer) => respond(answer, 'page'))(scope, receive, send)
    else await closing(scope, receive, send)
  })
  const client = await connect()
  client.write(get())
  expect(textOf(await readResponse(client))).toBe('page')
  client.write(get() + handshake())
  expect(textOf(await readResponse(client))).toBe('page')
  expect((await readHead(client)).status).toBe(101)
  expect(await nextFrame(client)).toBe('close 1000')
})

test('protocol names are compared without regard to case', async () => {
  const { connect } = await start(closing)
  const client = await connect()
  await open(client, 'connection: keep-alive, UPGRADE', 'upgrade: WebSocket')
  expect(await nextFrame(client)).toBe('close 1000')
})

test('a second accept is refused and leaves the socket open', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      const code = await codeOf(send({ type: 'websocket.accept' }))
      await send({ type: 'websocket.send', text: code ?? 'accepted' })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toBe('text ERR_PAGI_EVENT_ORDER')
})

test.each(['content-length: 4', 'transfer-encoding: chunked'])(
  'a handshake that announces a body (%s) is refused',
  async (line) => {
    const { ask } = await start(closing)
    const response = await ask(`${handshake(line)}body`)
    expect(response.status).toBe(400)
    expect(fieldOf(response, 'connection')).toEqual(['close'])
  },
)

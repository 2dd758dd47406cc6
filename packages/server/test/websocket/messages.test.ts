import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { WebSocketSendEvent } from '../../src/index.ts'
import { codeOf, gate, websocket } from '../support/apps.ts'
import { OPCODE, closeFrame, frame, nextFrame, open, readFrame, text } from '../support/frames.ts'
import { start } from '../support/start.ts'

/** Says each message again, in its own kind, until the peer leaves. */
const echo = websocket(async (_scope, receive, send) => {
  await receive()
  await send({ type: 'websocket.accept' })
  for (;;) {
    const event = await receive()
    if (event.type !== 'websocket.receive') break
    expect(Object.keys(event)).toHaveLength(2) // WS-12: one of text and bytes, no key for the other
    if (event.text === undefined) await send({ type: 'websocket.send', bytes: event.bytes })
    else await send({ type: 'websocket.send', text: event.text })
  }
})

test('text and binary messages of every length class come back as they were', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  await open(client)
  for (const size of [0, 1, 125, 126, 65535, 65536, 200_000]) {
    client.write(frame(OPCODE.text, 'ä'.repeat(size / 2)))
    expect((await readFrame(client)).payload.toString()).toBe('ä'.repeat(size / 2))
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => at % 251))
    client.write(frame(OPCODE.binary, bytes))
    const answer = await readFrame(client)
    expect([answer.opcode, answer.payload.equals(bytes)]).toEqual([OPCODE.binary, true])
  }
})

test('a message in fragments is one message, pings between them are answered', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  await open(client)
  const euro = Buffer.from('€')
  client.write(
    frame(OPCODE.text, Buffer.concat([Buffer.from('a'), euro.subarray(0, 1)]), { fin: false }),
  )
  client.write(frame(OPCODE.ping, 'still there?'))
  client.write(frame(OPCODE.continuation, euro.subarray(1, 2), { fin: false }))
  client.write(frame(OPCODE.ping))
  client.write(frame(OPCODE.continuation, Buffer.concat([euro.subarray(2), Buffer.from('z')])))
  const frames = [await nextFrame(client), await nextFrame(client), await nextFrame(client)]
  expect(frames).toEqual(['pong still there?', 'pong', 'text a€z'])
})

test('frames that arrive byte by byte, or many at once, are the same messages', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  await open(client)
  for (const byte of text('slowly')) client.write(Buffer.from([byte]))
  expect(await nextFrame(client)).toBe('text slowly')
  client.write(Buffer.concat(Array.from({ length: 100 }, (_, at) => text(`${at}`))))
  for (let at = 0; at < 100; at++) expect(await nextFrame(client)).toBe(`text ${at}`)
})

test('an unsolicited pong is ignored', async () => {
  const { connect } = await start(echo)
  const client = await connect()
  await open(client)
  client.write(Buffer.concat([frame(OPCODE.pong, 'unasked'), text('x')]))
  expect(await nextFrame(client)).toBe('text x')
})

test('bytes may be given as text, an ArrayBuffer or a view; what is received may be changed', async () => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      const event = await receive()
      const received = event.type === 'websocket.receive' ? event.bytes : undefined
      received?.fill(0x21)
      const reused = Buffer.from('reused')
      await send({ type: 'websocket.send', bytes: 'gr\u00fc\u00df' })
      await send({ type: 'websocket.send', bytes: new Uint8Array([97, 98]).buffer })
      await send({ type: 'websocket.send', bytes: reused, text: null })
      reused.fill(0)
      await send({ type: 'websocket.send', bytes: received ?? 'not bytes' })
      await send({ type: 'websocket.close' })
    }),
  )
  const client = await connect()
  await open(client)
  client.write(frame(OPCODE.binary, 'abc'))
  const frames = []
  for (let at = 0; at < 4; at++) frames.push(await nextFrame(client))
  expect(frames).toEqual(['binary grüß', 'binary ab', 'binary reused', 'binary !!!'])
})

const wrong: readonly (readonly [string, WebSocketSendEvent])[] = [
  ['neither text nor bytes', JSON.parse('{"type":"websocket.send"}')],
  ['both text and bytes', JSON.parse('{"type":"websocket.send","text":"a","bytes":"b"}')],
  ['a number as text', JSON.parse('{"type":"websocket.send","text":7}')],
  ['a lone surrogate', { type: 'websocket.send', text: '\ud800' }],
  ['close code 1005', { type: 'websocket.close', code: 1005 }],
  ['close code 1006', { type: 'websocket.close', code: 1006 }],
  ['close code 1015', { type: 'websocket.close', code: 1015 }],
  ['close code 999', { type: 'websocket.close', code: 999 }],
  ['close code 5000', { type: 'websocket.close', code: 5000 }],
  ['a close reason of 124 bytes', { type: 'websocket.close', reason: 'ä'.repeat(62) }],
  ['a negative keepalive', { type: 'websocket.keepalive', interval: -1 }],
  ['an http event after accept', { type: 'http.response.start', status: 400 }],
]
test.each(wrong)('%s is refused and nothing of it is sent', async (_what, event) => {
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      const code = await codeOf(send(event))
      await send({ type: 'websocket.send', text: code ?? 'accepted' })
      await send({ type: 'websocket.close', reason: 'ä'.repeat(61) })
    }),
  )
  const client = await connect()
  await open(client)
  expect(await nextFrame(client)).toMatch(/^text ERR_PAGI_(INVALID_EVENT|EVENT_ORDER)$/)
  expect(await nextFrame(client)).toBe(`close 1000 ${'ä'.repeat(61)}`)
})

test('messages sent before the peer left are still received, then the end', async () => {
  const seen = gate<readonly string[]>()
  const go = gate()
  const { connect } = await start(
    websocket(async (_scope, receive, send) => {
      await receive()
      await send({ type: 'websocket.accept' })
      await go.promise
      const events = []
      for (let at = 0; at < 4; at++) {
        const event = await receive()
        events.push(event.type === 'websocket.receive' ? (event.text ?? '') : event.type)
      }
      seen.open(events)
    }),
  )
  const client = await connect()
  await open(client)
  client.write(Buffer.concat([text('one'), text('two'), closeFrame(1000)]))
  client.fin()
  await client.end()
  go.open()
  expect(await seen.promise).toEqual(['one', 'two', 'websocket.disconnect', 'websocket.disconnect'])
})

test('a client library agrees', async () => {
  const { port } = await start(echo)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`)
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  client.send('hello')
  const [message, binary] = await once(client, 'message')
  expect([String(message), binary]).toEqual(['hello', false])
  client.close(4321, 'done')
  const [code, reason] = await once(client, 'close')
  expect([code, String(reason)]).toEqual([4321, ''])
})

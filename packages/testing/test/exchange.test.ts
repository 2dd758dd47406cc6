import { dispatch } from '@pagi/spec'
import { expect, test } from 'vitest'
import { testApp, turn } from '../src/index.ts'
import { bodyOf, gate, last, more, say, start } from './support/apps.ts'

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

test('both bodies go piece by piece', async () => {
  await using client = testApp(
    dispatch({
      async http(_scope, receive, send) {
        await send(start())
        for (;;) {
          const event = await receive()
          if (event.type !== 'http.request') return
          if (!event.more) break
          await send(more(`<${text(event.body)}>`))
        }
        await send(last('.'))
      },
    }),
  )
  const exchange = await client.open('/echo', { method: 'POST', stream: true })
  expect((await exchange.head()).status).toBe(200)
  await exchange.write('one')
  expect(text(await exchange.read())).toBe('<one>')
  await exchange.write(new Uint8Array([50]))
  expect(text(await exchange.read())).toBe('<2>')
  expect(exchange.complete).toBe(false)
  await exchange.end()
  expect(text(await exchange.read())).toBe('.')
  expect(await exchange.read()).toBeUndefined()
  expect(exchange.complete).toBe(true)
  expect((await exchange.response()).text()).toBe('<one><2>.')
})

test('write waits until the application asks for the piece', async () => {
  const door = gate()
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await door.passed
        await say(await bodyOf(receive))(scope, receive, send)
      },
    }),
  )
  const exchange = await client.open('/', { method: 'POST', stream: true })
  let taken = false
  const write = async (): Promise<void> => {
    await exchange.write('piece')
    taken = true
  }
  const writing = write()
  await turn()
  expect(taken).toBe(false)
  door.open()
  await writing
  await exchange.end()
  expect((await exchange.response()).text()).toBe('piece')
})

test('a declared length ends the body by itself', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await say(await bodyOf(receive))(scope, receive, send)
      },
    }),
  )
  const exchange = await client.open('/', {
    method: 'POST',
    stream: true,
    headers: { 'content-length': '4' },
  })
  await exchange.write('ab')
  await exchange.write('cd')
  expect((await exchange.response()).text()).toBe('abcd')
})

test('a client that leaves in the middle of its body disconnects the application', async () => {
  const types: string[] = []
  await using client = testApp(
    dispatch({
      async http(scope, receive) {
        for (let at = 0; at < 3; at++) types.push((await receive()).type)
        types.push(String(scope['pagi.connection'].disconnectReason))
      },
    }),
  )
  const exchange = await client.open('/', { method: 'POST', stream: true })
  await exchange.write('half')
  exchange.disconnect()
  await exchange.settled
  expect(types).toEqual(['http.request', 'http.disconnect', 'http.disconnect', 'client_closed'])
  expect(await exchange.response()).toMatchObject({ status: 0, complete: false })
  expect(client.failures).toEqual([])
})

test.each(['client_closed', 'read_error', 'write_error', 'protocol_error', 'x-mine'] as const)(
  'a loss in the middle of the response: %s',
  async (reason) => {
    const told: unknown[] = []
    await using client = testApp(
      dispatch({
        async http(scope, receive, send) {
          scope['pagi.connection'].onDisconnect((...args) => told.push(...args))
          await send(start())
          await send(more('half'))
          await scope['pagi.connection'].ended
          await send(start()) // a no-op by now (CORE-26)
        },
      }),
    )
    const exchange = await client.open('/')
    expect(text(await exchange.read())).toBe('half')
    exchange.disconnect(reason, 'a cable')
    await exchange.settled
    expect(told).toEqual([reason, 'a cable'])
    expect(exchange.reason).toBe(reason)
    expect(await exchange.read()).toBeUndefined()
    const response = await exchange.response()
    expect([response.text(), response.complete, response.reason]).toEqual(['half', false, reason])
    expect(client.failures).toEqual([])
  },
)

test('what an application throws after a loss is no failure', async () => {
  await using client = testApp(
    dispatch({
      async http(scope) {
        await scope['pagi.connection'].disconnected
        throw new Error('gave up')
      },
    }),
  )
  const exchange = await client.open('/')
  exchange.disconnect()
  await exchange.settled
  expect(exchange.error).toMatchObject({ message: 'gave up' })
  expect(client.failures).toEqual([])
})

test('send waits for a client that has stalled, beyond the high mark', async () => {
  const sent: number[] = []
  await using client = testApp(
    dispatch({
      async http(_scope, _receive, send) {
        await send(start())
        for (let at = 1; at <= 4; at++) {
          await send(more(new Uint8Array(40)))
          sent.push(at)
        }
        await send(last())
      },
    }),
    { writeHighWatermark: 100, writeLowWatermark: 30 },
  )
  const exchange = await client.open('/', { stalled: true })
  expect((await exchange.head()).status).toBe(200)
  await turn()
  expect([sent, exchange.transport.bufferedAmount]).toEqual([[1, 2], 120])
  exchange.drain(60)
  await turn()
  expect([sent, exchange.transport.bufferedAmount]).toEqual([[1, 2], 60])
  exchange.drain(40)
  await turn()
  expect(sent).toEqual([1, 2, 3, 4])
  expect(exchange.complete).toBe(false)
  exchange.resume()
  const response = await exchange.response()
  expect([response.bytes().byteLength, response.complete]).toEqual([160, true])
})

test('a client sees no more than it has taken', async () => {
  await using client = testApp(
    dispatch({
      async http(scope, receive, send) {
        await receive()
        await say('0123456789')(scope, receive, send)
      },
    }),
  )
  const exchange = await client.open('/', { method: 'POST', stream: true })
  exchange.stall()
  await exchange.end()
  exchange.drain(4)
  expect(text(await exchange.read())).toBe('0123')
  expect(exchange.connection.responseComplete).toBe(false)
  exchange.drain()
  expect(text(await exchange.read())).toBe('456789')
  await turn()
  expect([exchange.complete, exchange.connection.responseComplete]).toEqual([false, false])
  exchange.resume()
  expect(await exchange.read()).toBeUndefined()
  expect([exchange.complete, exchange.connection.responseComplete]).toEqual([true, true])
})

test('for await takes the pieces of a response', async () => {
  await using client = testApp(
    dispatch({
      async http(_scope, _receive, send) {
        await send(start())
        await send(more('a'))
        await send(more('b'))
        await send(last('c'))
      },
    }),
  )
  const pieces: unknown[] = []
  for await (const piece of await client.open('/')) pieces.push(text(piece))
  expect(pieces).toEqual(['a', 'b', 'c'])
})

test('a generator that throws breaks the upload off', async () => {
  const types: string[] = []
  await using client = testApp(
    dispatch({
      async http(_scope, receive) {
        types.push((await receive()).type, (await receive()).type)
      },
    }),
  )
  const exchange = await client.open('/', {
    body: (async function* () {
      yield 'half'
      throw new Error('the cat pulled the plug')
    })(),
  })
  await expect(exchange.response()).rejects.toThrow('the cat pulled the plug')
  await exchange.settled
  expect(types).toEqual(['http.request', 'http.disconnect'])
})

test('an upload that nobody asks for ends with the response', async () => {
  await using client = testApp(dispatch({ http: say('no, thanks') }))
  const exchange = await client.open('/', { method: 'POST', stream: true })
  await exchange.write('unread')
  const response = await exchange.response()
  expect([response.text(), response.complete]).toEqual(['no, thanks', true])
})

test('an application that aborts takes back what was not written', async () => {
  const door = gate()
  await using client = testApp(
    dispatch({
      async http(scope, _receive, send) {
        await send(start())
        await send(more('gone'))
        await door.passed
        scope['pagi.connection'].abort()
      },
    }),
  )
  const exchange = await client.open('/')
  expect(text(await exchange.read())).toBe('gone')
  exchange.stall()
  door.open()
  await exchange.settled
  expect(await exchange.response()).toMatchObject({ complete: false, reason: 'app_abort' })
})

import { describe, expect, test } from 'vitest'
import { ACCEPT, bytes } from '../support/events.ts'
import { loosely } from '../support/loosely.ts'
import { turn, watch } from '../support/promises.ts'
import { POST, startHttp, startWebSocket } from '../support/runs.ts'

// receive({ signal }): CORE-17 to CORE-19, binding section 4.

/** A signal that counts the listeners it has. */
const counted = () => {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  const listening = new Set<unknown>()
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listening.add(args[1])
    listeners = listening.size
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listening.delete(args[1])
    listeners = listening.size
    remove(...args)
  }
  return { controller, signal, listeners: () => listeners }
}

const accepted = async () => {
  const scope = startWebSocket()
  await scope.receive() // websocket.connect
  await scope.send(ACCEPT)
  return scope
}

test('a withdrawn receive rejects with the reason and consumes nothing', async () => {
  const { port, receive } = await accepted()
  const controller = new AbortController()
  const withdrawn = receive({ signal: controller.signal })
  controller.abort('enough')
  await expect(withdrawn).rejects.toBe('enough')
  port.message('one')
  expect(await receive()).toMatchObject({ text: 'one' })
})

test('without a reason it rejects with the signal’s own AbortError', async () => {
  const { receive } = await accepted()
  const controller = new AbortController()
  const withdrawn = receive({ signal: controller.signal })
  controller.abort()
  await expect(withdrawn).rejects.toBe(controller.signal.reason)
})

test('an aborted signal rejects at once, also with an event queued', async () => {
  const { port, receive } = await accepted()
  port.message('one')
  await expect(receive({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
  expect(await receive()).toMatchObject({ text: 'one' })
})

test('an abort after the assignment has no effect', async () => {
  const { port, receive } = await accepted()
  const controller = new AbortController()
  const assigned = receive({ signal: controller.signal })
  port.message('one')
  controller.abort()
  expect(await assigned).toMatchObject({ text: 'one' })
})

test('several are served first come, first served, past the one that withdrew', async () => {
  const { port, receive } = await accepted()
  const controller = new AbortController()
  const first = receive()
  const middle = receive({ signal: controller.signal })
  const last = receive()
  controller.abort('middle')
  port.message('one')
  port.message('two')
  port.message('three')
  expect(await first).toMatchObject({ text: 'one' })
  await expect(middle).rejects.toBe('middle')
  expect(await last).toMatchObject({ text: 'two' })
  expect(await receive()).toMatchObject({ text: 'three' })
})

test('all that share a signal withdraw together', async () => {
  const { port, receive } = await accepted()
  const controller = new AbortController()
  const shared = [1, 2, 3].map(() => watch(receive({ signal: controller.signal })))
  const own = receive()
  controller.abort('all')
  port.message('one')
  await turn()
  expect(shared.map(({ state }) => state)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await own).toMatchObject({ text: 'one' })
})

test('an ignored withdrawal raises no unhandled rejection', async () => {
  const { receive } = await accepted()
  const controller = new AbortController()
  void receive({ signal: controller.signal })
  void receive({ signal: AbortSignal.abort() })
  controller.abort()
  await turn()
})

describe('listeners on the signal are removed', () => {
  test('when an event came', async () => {
    const { port, receive } = await accepted()
    const { signal, listeners } = counted()
    for (let at = 0; at < 3; at++) {
      const receiving = receive({ signal })
      expect(listeners()).toBe(1)
      port.message('x')
      await receiving
      expect(listeners()).toBe(0)
    }
  })

  test('when an event was waiting already', async () => {
    const { port, receive } = await accepted()
    const { signal, listeners } = counted()
    port.message('x')
    await receive({ signal })
    expect(listeners()).toBe(0)
  })

  test('at the end of the scope', async () => {
    const { port, receive } = await accepted()
    const { signal, listeners } = counted()
    const pending = [receive({ signal }), receive({ signal })]
    expect(listeners()).toBe(2)
    port.lose()
    for (const one of pending) expect(await one).toMatchObject({ type: 'websocket.disconnect' })
    expect(listeners()).toBe(0)
    await receive({ signal })
    expect(listeners()).toBe(0)
  })
})

test('a piece of body asked for by a withdrawn receive goes to the next', async () => {
  const { port, receive } = startHttp(POST)
  const controller = new AbortController()
  const withdrawn = watch(receive({ signal: controller.signal }))
  controller.abort()
  port.write(bytes('piece'))
  await turn()
  expect(withdrawn.state).toBe('rejected')
  expect(await receive()).toMatchObject({ body: bytes('piece') })
})

test('the signal of pagi.connection withdraws before the end event is given (T-ORDER 3)', async () => {
  const { port, receive, connection } = await accepted()
  const withdrawn = receive({ signal: connection.signal })
  const other = receive()
  port.lose()
  await expect(withdrawn).rejects.toMatchObject({ code: 'ERR_PAGI_DISCONNECTED' })
  expect(await other).toMatchObject({ type: 'websocket.disconnect' })
})

test.each([undefined, {}, { signal: undefined }, { signal: null }])(
  'receive(%o) is receive()',
  async (options) => {
    const { port, run } = await accepted()
    const receiving = loosely(run, 'receive')(options)
    port.message('x')
    expect(await receiving).toMatchObject({ text: 'x' })
  },
)

test('racing a receive does not withdraw it: it takes the next event', async () => {
  const { port, receive } = await accepted()
  const racing = receive()
  await Promise.race([racing, Promise.resolve('work')])
  port.message('one')
  port.message('two')
  expect(await receive()).toMatchObject({ text: 'two' })
  expect(await racing).toMatchObject({ text: 'one' })
})

// Counts as far as the client says, and listens while it counts: a new number takes the place of the
// old one at once, and `bye` ends it all.
import { setImmediate as turn } from 'node:timers/promises'
import { dispatch, type Receive, type Send } from '@pagi/server'
import { Orders } from './orders.ts'

export default dispatch({
  async websocket(_scope, receive, send) {
    await receive() // websocket.connect
    await send({ type: 'websocket.accept' })
    await send({ type: 'websocket.keepalive', interval: 30, timeout: 10 })

    // Both directions at once. The one that reads learns of every end, and tells the other.
    const orders = new Orders()
    const [ending] = await Promise.all([
      listen(receive, orders).finally(() => orders.end()),
      count(send, orders),
    ])
    if (ending !== undefined) await send({ type: 'websocket.close', ...ending })
  },
})

interface Ending {
  readonly code: number
  readonly reason: string
}

/** Takes orders, until the client has left or there is a reason to end the session. */
async function listen(receive: Receive<'websocket'>, orders: Orders): Promise<Ending | undefined> {
  for (;;) {
    const event = await receive()
    if (event.type !== 'websocket.receive') return undefined // websocket.disconnect
    if (event.text === 'bye') return { code: 1000, reason: 'bye' }
    if (event.text === undefined || !/^\d{1,9}$/.test(event.text)) {
      return { code: 1008, reason: 'expected a number, or bye' }
    }
    orders.place(Number(event.text))
  }
}

/** Counts no faster than the client reads: each `send` resolves when more may be sent. */
async function count(send: Send<'websocket'>, orders: Orders): Promise<void> {
  for await (const last of orders.taken()) {
    for (let number = 1; number <= last && !orders.isPressing; number += 1) {
      await send({ type: 'websocket.send', text: String(number) })
      // While there is room `send` resolves at once: let the others have their turn, the reader too.
      if (number % 100 === 0) await turn()
    }
    if (!orders.isPressing) await send({ type: 'websocket.send', text: 'done' })
  }
}

// A server that is none: it calls the probe with objects of its own making, and does what the types
// of the events sent say. `node host.mjs probe.mjs`. host.pl is the same for Perl.
const [file = ''] = process.argv.slice(2)
const { default: app } = await import(file)

const callbacks = { disconnect: [], complete: [], end: [], highWater: [], drain: [] }
const register = (list) => (callback) => {
  list.push(callback)
  return () => list.splice(list.indexOf(callback), 1)
}
function promise() {
  let resolve = () => {}
  return {
    promise: new Promise((settle) => (resolve = settle)),
    resolve: (value) => resolve(value),
  }
}

const disconnected = promise()
const ended = promise()
const connection = {
  isConnected: true,
  disconnectReason: undefined,
  disconnectDetail: undefined,
  responseStarted: false,
  responseComplete: false,
  closeCode: undefined,
  closeReason: undefined,
  signal: new AbortController().signal,
  disconnected: disconnected.promise,
  ended: ended.promise,
  onDisconnect: register(callbacks.disconnect),
  onComplete: register(callbacks.complete),
  onEnd: register(callbacks.end),
  abort(detail) {
    end('app_abort', detail)
  },
}
const transport = {
  bufferedAmount: 3,
  highWaterMark: 65536,
  lowWaterMark: undefined,
  onHighWater: register(callbacks.highWater),
  onDrain: register(callbacks.drain),
}

function tell(list, ...args) {
  for (const callback of list.slice()) {
    try {
      Promise.resolve(callback(...args)).catch(() => {})
    } catch {
      // What a callback does is its own affair.
    }
  }
}

function end(reason, detail) {
  Object.assign(connection, {
    isConnected: false,
    disconnectReason: reason,
    disconnectDetail: detail,
  })
  tell(callbacks.disconnect, reason, detail)
  disconnected.resolve(reason)
  ended.resolve(reason)
}

const queue = []
const waiting = []
let held = promise()

function give(event) {
  const next = waiting.shift()
  if (next === undefined) queue.push(event)
  else next(event)
}

function receive({ signal } = {}) {
  if (signal?.aborted) return Promise.reject(signal.reason)
  if (queue.length > 0) return Promise.resolve(queue.shift())
  return new Promise((resolve, reject) => {
    waiting.push(resolve)
    signal?.addEventListener('abort', () => {
      waiting.splice(waiting.indexOf(resolve), 1)
      reject(signal.reason)
    })
  })
}

const SENT = {
  async reject() {
    throw Object.assign(new Error('not this'), { code: 'ERR_OF_HOST' })
  },
  throw() {
    throw new Error('at once')
  },
  async echo(event) {
    give(event)
  },
  async hold(event) {
    await held.promise
    give(event)
  },
  async release() {
    held.resolve()
  },
  async high() {
    tell(callbacks.highWater)
  },
  async end() {
    end('client_closed', 'gone')
  },
}
const send = (event) => SENT[event.type](event)

const told = async (name, call) => {
  try {
    console.log(`${name}: returned ${(await call()) ?? 'nothing'}`)
  } catch (error) {
    console.log(`${name}: failed ${error.message}`)
  }
}
const scope = (path) => ({
  type: 'http',
  path,
  method: 'POST',
  headers: [
    ['x-a', 'é'],
    ['content-length', '5'],
  ],
  client: ['127.0.0.1', 4711],
  extensions: {},
  state: { a: 1 },
  'pagi.connection': connection,
  'pagi.transport': transport,
})

// Ends with its parent.
process.stdin.resume().on('end', () => process.exit())
await told('throw', () => app(scope('/pagi-probe/throw'), receive, send))
await told('return', () => app(scope('/pagi-probe/return'), receive, send))
await told('first', () => app(scope('/é€'), receive, send))
await told('second', () => app({ type: 'lifespan', state: {} }, receive, send))
await told('third', () => app({ type: 'lifespan' }, receive, send))

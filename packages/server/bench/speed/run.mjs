// What @pagi/server costs beside node:http and ws: the same program on both, under the same load in turns,
// and prints Markdown:
//
//   npm run bench -- [hello json post websocket burst sse ...]
//
// The figure is the processor time of the server for an operation, as a ratio to that of the raw server in
// the same round: above 1 is faster. It does not depend on what else the machine is doing; absolute
// rates do, so none are printed. Everything that is on by default is on. Build the packages first.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url))
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9)
const MILLISECONDS = { warm: 2000, round: 1000 }
// Waking a client that waits for its socket costs the server more than an answer does, and the slower
// server wakes it more often. This one sleeps between its looks, and nobody can wake it.
const DOZE = 1
const NOTHING = new Int32Array(new SharedArrayBuffer(4))

const get = (path = '/', ...lines) =>
  `GET ${path} HTTP/1.1\r\nhost: bench\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

const BROWSER = [
  'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept: application/json, text/plain, */*',
  'accept-language: en-US,en;q=0.5',
  'accept-encoding: gzip, deflate, br, zstd',
  'referer: https://example.org/some/page',
  'cookie: session=0123456789abcdef; theme=dark; other=value',
  'sec-fetch-dest: empty',
  'sec-fetch-mode: cors',
  'sec-fetch-site: same-origin',
]

const UPGRADE = get(
  '/',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
)

/** A text frame, masked with zeros, as only its size counts. */
const FRAME = Buffer.concat([Buffer.from([0x81, 0x80 | 60, 0, 0, 0, 0]), Buffer.alloc(60, 'x')])

const POST = Buffer.concat([
  Buffer.from('POST / HTTP/1.1\r\nhost: bench\r\ncontent-length: 65536\r\n\r\n'),
  Buffer.alloc(65_536, 'x'),
])

/**
 * What a connection begins with, and what it says again and again; `answers`: how many answers that
 * makes, each as long as the first one.
 */
const WORK = {
  hello: { title: 'hello', connections: 128, say: Buffer.from(get()) },
  json: {
    title: 'JSON, browser headers',
    connections: 128,
    say: Buffer.from(get('/', ...BROWSER)),
  },
  post: { title: 'POST 64 KiB', connections: 32, say: POST },
  websocket: { title: 'WebSocket ping-pong', connections: 128, begin: UPGRADE, say: FRAME },
  burst: {
    title: 'WebSocket, 8 in flight',
    server: 'websocket',
    connections: 64,
    begin: UPGRADE,
    say: Buffer.concat(Array.from({ length: 8 }, () => FRAME)),
    answers: 8,
  },
  sse: {
    title: 'SSE to 500 clients',
    connections: 1,
    say: Buffer.from(get('/tell')),
    listeners: 500,
  },
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(WORK)
for (const name of names)
  if (!Object.hasOwn(WORK, name))
    throw new Error(`there is no ${JSON.stringify(name)}: ${Object.keys(WORK).join(', ')}`)

class Server {
  static async start(kind, how) {
    const child = fork(SERVER, [kind, how])
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server of ${kind}, ${how}, ended with code ${code}`)
    })
    ended.catch(() => {})
    const [port] = await Promise.race([once(child, 'message'), ended])
    return new Server(child, Number(port))
  }

  constructor(child, port) {
    this.child = child
    this.port = port
  }

  /** Microseconds of processor time so far. */
  async cpu() {
    this.child.send('cpu')
    const [used] = await once(this.child, 'message')
    return Number(used)
  }

  /** Microseconds of an operation. */
  async load(work, milliseconds) {
    const listeners = await listen(this.port, work.listeners ?? 0)
    const before = await this.cpu()
    const count = await load(this.port, work, performance.now() + milliseconds, listeners)
    const used = (await this.cpu()) - before
    for (const { socket } of listeners) socket.destroy()
    return used / count
  }
}

/** Event streams, opened before the time is taken. */
async function listen(port, count) {
  const listeners = []
  for (let index = 0; index < count; index += 1) {
    const listener = { socket: connect(port, '127.0.0.1'), got: 0 }
    await once(listener.socket, 'connect')
    listener.socket.write(get('/', 'accept: text/event-stream'))
    let text = ''
    while (!text.includes('welcome')) text += (await once(listener.socket, 'data'))[0].toString()
    listener.socket.on('data', (bytes) => {
      listener.got += bytes.length
    })
    listeners.push(listener)
  }
  return listeners
}

/** Says it over every connection, again when all answers have come. */
async function load(port, work, until, listeners) {
  let done = false
  const doze = () => {
    Atomics.wait(NOTHING, 0, 0, DOZE)
    if (!done) setImmediate(doze)
  }
  doze()
  const { say, begin, answers = 1 } = work
  const asked = Array.from({ length: work.connections }, async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    if (begin !== undefined) {
      socket.write(begin)
      await once(socket, 'data')
    }
    let length = 0
    let got = 0
    let count = 0
    const over = new Promise((resolve, reject) => {
      socket.on('data', (bytes) => {
        got += bytes.length
        // The first answers tell how long they are: nothing more comes before we say it again.
        if (length === 0) {
          if (begin !== undefined && got < answers * ECHO) return
          length = got
        }
        if (got < length) return
        if (got > length) reject(new Error(`answers of ${got} bytes, the first had ${length}`))
        got = 0
        count += answers
        if (performance.now() >= until) resolve(count)
        else if (listeners.length === 0) socket.write(say)
        else everybodyHeard(listeners, count, () => socket.write(say))
      })
      socket.on('error', reject)
      socket.on('end', () => reject(new Error('the server closed a connection')))
    })
    socket.write(say)
    await over
    socket.destroy()
    return count
  })
  try {
    return (await Promise.all(asked)).reduce((sum, count) => sum + count, 0)
  } finally {
    done = true
  }
}

/** An unmasked frame of 60 bytes. */
const ECHO = 62

/** Once each listener has what all tellings so far come to, which the first listener's share says. */
function everybodyHeard(listeners, count, then) {
  const [first] = listeners
  const look = () => {
    const due = Math.max(first.got, count)
    if (listeners.every(({ got }) => got === due)) then()
    else setImmediate(look)
  }
  look()
}

const sorted = (values) => values.toSorted((a, b) => a - b)
const middle = (values) => sorted(values)[values.length >> 1] ?? Number.NaN

console.log(
  `Node.js ${process.version}, ${ROUNDS} rounds of ${MILLISECONDS.round} ms each in turns\n`,
)
console.log('| work | ratio to raw | least to most |')
console.log('| --- | --- | --- |')
for (const name of names) {
  const work = WORK[name]
  const raw = await Server.start(work.server ?? name, 'raw')
  const pagi = await Server.start(work.server ?? name, 'pagi')
  try {
    for (const server of [raw, pagi]) await server.load(work, MILLISECONDS.warm)
    const ratios = []
    for (let round = 0; round < ROUNDS; round += 1) {
      // Whichever comes second has another machine under it: they take turns.
      const order = round % 2 === 0 ? [raw, pagi] : [pagi, raw]
      const used = new Map()
      for (const server of order) used.set(server, await server.load(work, MILLISECONDS.round))
      ratios.push(used.get(raw) / used.get(pagi))
    }
    const [least = 0] = sorted(ratios)
    console.log(
      `| ${work.title} | ${middle(ratios).toFixed(2)} | ${least.toFixed(2)} to ${Math.max(...ratios).toFixed(2)} |`,
    )
  } finally {
    for (const { child } of [raw, pagi]) child.kill()
  }
}

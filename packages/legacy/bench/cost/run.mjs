// What the adapter costs: the same application on plain node:http and wrapped on @pagi/server, under the
// same load in turns, and prints Markdown:
//
//   npm run bench:legacy -- [express|express4|koa|fastify|bare ...]
//
// Two figures, both as ratios, wrapped against plain: requests per second, and processor time of the
// server for a request, which does not depend on what else the machine is doing. Build the packages first.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url))
const CONNECTIONS = 128
// Waking a client that waits for its socket costs the server several times what an answer does, and the
// slower server wakes it more often. This one sleeps between its looks, and nobody can wake it.
const DOZE = 1
const NOTHING = new Int32Array(new SharedArrayBuffer(4))
const ROUNDS = 9
const MILLISECONDS = { warm: 3000, round: 1000 }
const REQUEST = 'GET / HTTP/1.1\r\nhost: bench\r\n\r\n'
const kinds = process.argv.length > 2 ? process.argv.slice(2) : ['express', 'express4']

/** @typedef {{ readonly rate: number, readonly cpu: number }} Round */

class Server {
  /** @param {string} kind @param {'plain' | 'wrapped'} how */
  static async start(kind, how) {
    const child = fork(SERVER, [kind, how])
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server of ${kind}, ${how}, ended with code ${code}`)
    })
    ended.catch(() => {})
    const [port] = await Promise.race([once(child, 'message'), ended])
    return new Server(child, Number(port))
  }

  /** @param {import('node:child_process').ChildProcess} child @param {number} port */
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

  /** @param {number} milliseconds @returns {Promise<Round>} */
  async load(milliseconds) {
    const before = await this.cpu()
    const began = performance.now()
    const count = await load(this.port, began + milliseconds)
    const took = performance.now() - began
    return { rate: (count / took) * 1000, cpu: ((await this.cpu()) - before) / count }
  }
}

/** Asks over every connection, one request after the other; all answers are of one length. */
async function load(port, until) {
  let done = false
  const doze = () => {
    Atomics.wait(NOTHING, 0, 0, DOZE)
    if (!done) setImmediate(doze)
  }
  doze()
  const asked = Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(REQUEST)
    const [first] = await once(socket, 'data')
    const { length } = first
    let [got, count] = [0, 1]
    const over = new Promise((resolve, reject) => {
      socket.on('data', (bytes) => {
        got += bytes.length
        if (got < length) return
        if (got > length) reject(new Error(`an answer of ${got} bytes, the first had ${length}`))
        got = 0
        count += 1
        if (performance.now() < until) socket.write(REQUEST)
        else resolve(count)
      })
      socket.on('error', reject)
      socket.on('end', () => reject(new Error('the server closed a connection')))
    })
    socket.write(REQUEST)
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

const sorted = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)
const middle = (/** @type {number[]} */ values) => sorted(values)[values.length >> 1] ?? Number.NaN
const shown = (/** @type {number[]} */ values) => {
  const [least = 0] = sorted(values)
  return `${middle(values).toFixed(2)} (${least.toFixed(2)} to ${Math.max(...values).toFixed(2)})`
}

console.log(
  `Node.js ${process.version}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${MILLISECONDS.round} ms each in turns; medians\n`,
)
console.log(
  '| application | requests/s, plain | wrapped | ratio | CPU µs a request, plain | wrapped | ratio |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const kind of kinds) {
  const plain = await Server.start(kind, 'plain')
  const wrapped = await Server.start(kind, 'wrapped')
  try {
    for (const server of [plain, wrapped]) await server.load(MILLISECONDS.warm)
    const rounds = []
    for (let round = 0; round < ROUNDS; round += 1) {
      // Whichever comes second has another machine under it: they take turns.
      const order = round % 2 === 0 ? [plain, wrapped] : [wrapped, plain]
      const results = new Map()
      for (const server of order) results.set(server, await server.load(MILLISECONDS.round))
      rounds.push({ plain: results.get(plain), wrapped: results.get(wrapped) })
    }
    const of = (how, what) => middle(rounds.map((round) => round[how][what]))
    console.log(
      `| ${[
        kind,
        Math.round(of('plain', 'rate')),
        Math.round(of('wrapped', 'rate')),
        shown(rounds.map((round) => round.wrapped.rate / round.plain.rate)),
        of('plain', 'cpu').toFixed(0),
        of('wrapped', 'cpu').toFixed(0),
        shown(rounds.map((round) => round.plain.cpu / round.wrapped.cpu)),
      ].join(' | ')} |`,
    )
  } finally {
    for (const { child } of [plain, wrapped]) child.kill()
  }
}

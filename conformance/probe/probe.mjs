// The probe in plain JavaScript: PROTOCOL.md beside it says what it does. It needs Node's `net` and
// `fs`, and no package.
import { open as openFile } from 'node:fs/promises'
import { closeSync, openSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { Readable } from 'node:stream'

const FACTS = [
  'isConnected',
  'disconnectReason',
  'disconnectDetail',
  'responseStarted',
  'responseComplete',
  'closeCode',
  'closeReason',
]
const CALLBACKS = {
  disconnect: ['pagi.connection', 'onDisconnect'],
  complete: ['pagi.connection', 'onComplete'],
  end: ['pagi.connection', 'onEnd'],
  highWater: ['pagi.transport', 'onHighWater'],
  drain: ['pagi.transport', 'onDrain'],
}
const ABOUT = {
  protocol: 1,
  name: 'javascript',
  binding: 'javascript',
  features:
    'withdraw signal overwrite thrown overlap open:file open:closed open:descriptor open:failing open:readable open:stream open:iterable'.split(
      ' ',
    ),
}

let calls = 0
let objects = 0
const numbers = new WeakMap()

/** The same number for the same object, as long as the process lives. */
function numberOf(object) {
  const known = numbers.get(object)
  if (known !== undefined) return known
  objects += 1
  numbers.set(object, objects)
  return objects
}

function encode(value, opaque = []) {
  if (value === undefined) return { $undefined: true }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : { $number: String(value) }
  }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map((item) => encode(item))
  if (typeof value !== 'object' || !plain(value)) {
    return typeof value === 'object' || typeof value === 'function'
      ? { $object: numberOf(value) }
      : { $native: typeof value }
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [
        key,
        opaque.includes(key) ? { $object: numberOf(item) } : encode(item),
      ]),
  )
}

function plain(object) {
  const prototype = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const NATIVE = {
  date: () => new Date(0),
  function: () => () => {},
  bigint: () => 5n,
  symbol: () => Symbol('probe'),
  regexp: () => /probe/,
  url: () => new URL('file:///probe'),
}

function decode(value, handles) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item) => decode(item, handles))
  if (typeof value.$bytes === 'string') {
    return new Uint8Array(Buffer.from(value.$bytes, 'base64'))
  }
  if (typeof value.$repeat === 'string') return repeatedBytes(value)
  if (typeof value.$string === 'string') return value.$string.repeat(value.times ?? 1)
  if (typeof value.$number === 'string') return Number(value.$number)
  if (value.$undefined === true) return undefined
  if (typeof value.$handle === 'string') return handles.get(value.$handle)?.source
  if (typeof value.$native === 'string') return NATIVE[value.$native]?.()
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, decode(item, handles)]),
  )
}

function repeatedBytes({ $repeat, times = 1 }) {
  const piece = Buffer.from($repeat)
  return new Uint8Array(Buffer.alloc(piece.length * times, piece))
}

function describe(error, thrown) {
  const known = typeof error === 'object' && error !== null
  return {
    name: known ? String(error.name) : typeof error,
    ...(known && error.code !== undefined && { code: String(error.code) }),
    message: known ? String(error.message) : String(error),
    ...(thrown && { thrown: true }),
  }
}

/** One call of the application, told by one connection to the driver what to do. */
class Call {
  #n = 0
  #running = null
  #commands = new Map()
  #handles = new Map()
  #open = new Set()
  #sends = new Set()
  #socket
  #scope
  #receive
  #send
  #finish

  constructor(socket, scope, receive, send) {
    this.#socket = socket
    this.#scope = scope
    this.#receive = receive
    this.#send = send
    this.finished = new Promise((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    // The driver may make the call fail before anybody waits for it.
    this.finished.catch(() => {})
  }

  introduce() {
    this.#write({
      probe: ABOUT,
      pid: process.pid,
      call: calls,
      scope: this.#encodedScope(),
      ...this.#facts(),
    })
  }

  line(text) {
    const message = JSON.parse(text)
    for (const command of Array.isArray(message) ? message : [message]) this.#run(command)
  }

  /** The driver has left: the application returns, and closes what it has opened. */
  async leave() {
    this.#finish.resolve(undefined)
    await Promise.allSettled(this.#sends)
    await Promise.allSettled([...this.#open].map((handle) => handle.close()))
  }

  #encodedScope() {
    return encode(this.#scope, ['pagi.connection', 'pagi.transport', 'state'])
  }

  #facts() {
    const connection = this.#scope['pagi.connection']
    if (connection === undefined) return {}
    const facts = FACTS.map((name) => [name, connection[name]])
    return { facts: Object.fromEntries(facts.filter(([, value]) => value !== undefined)) }
  }

  #write(message) {
    this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  #report(message) {
    this.#n += 1
    this.#write({ n: this.#n, ...message, ...this.#facts() })
  }

  #run(command) {
    const outer = this.#running
    this.#running = command.id
    this.#commands.set(command.id, command)
    const handler = this[command.do]
    try {
      if (typeof handler !== 'function' || !DOES.has(command.do)) {
        throw Object.assign(new Error(`no command ${command.do}`), { code: 'PROBE_UNKNOWN' })
      }
      const result = handler.call(this, command)
      if (result instanceof Promise) {
        result.then(
          (value) => this.#report({ id: command.id, ok: encode(value) }),
          (error) => this.#report({ id: command.id, error: describe(error, false) }),
        )
      } else {
        this.#report({ id: command.id, ok: encode(result ?? null) })
      }
    } catch (error) {
      this.#report({ id: command.id, error: describe(error, true) })
    } finally {
      this.#running = outer
    }
  }

  receive({ id, withdrawable, withdrawn }) {
    if (withdrawable !== true && withdrawn !== true) return later(this.#receive())
    const controller = new AbortController()
    this.#commands.get(id).controller = controller
    if (withdrawn === true) controller.abort()
    return later(this.#receive({ signal: controller.signal }))
  }

  withdraw({ of }) {
    this.#commands.get(of).controller.abort()
  }

  send(command) {
    command.decoded = decode(command.event, this.#handles)
    const promise = later(this.#send(command.decoded))
    this.#sends.add(promise)
    const settled = () => this.#sends.delete(promise)
    promise.then(settled, settled)
    return later(promise.then((value) => value ?? null))
  }

  overwrite({ of }) {
    for (const value of Object.values(this.#commands.get(of).decoded)) {
      if (value instanceof Uint8Array) value.fill(0x21)
    }
  }

  facts() {
    return this.#facts().facts
  }

  transport() {
    const transport = this.#scope['pagi.transport']
    if (transport === undefined) return null
    const { bufferedAmount, highWaterMark, lowWaterMark } = transport
    return { bufferedAmount, highWaterMark, lowWaterMark }
  }

  members() {
    const connection = this.#scope['pagi.connection']
    const others = 'signal disconnected ended onDisconnect onComplete onEnd abort'.split(' ')
    const names = FACTS.concat(others)
    const kind = (value) =>
      value instanceof Promise ? 'promise' : value instanceof AbortSignal ? 'signal' : typeof value
    return Object.fromEntries(names.map((name) => [name, kind(connection?.[name])]))
  }

  on({ id, event, fails, then = [] }) {
    const [key, method] = CALLBACKS[event]
    const callback = (...args) => {
      this.#report({
        called: id,
        args: args.map((value) => encode(value ?? null)),
        during: this.#running,
      })
      for (const command of then) this.#run(command)
      if (fails === 'rejects') return Promise.reject(new Error('a callback of the probe failed'))
      if (fails) throw new Error('a callback of the probe failed')
      return undefined
    }
    this.#commands.get(id).unregister = this.#scope[key][method](callback)
  }

  off({ of }) {
    this.#commands.get(of).unregister()
  }

  wait(command) {
    const connection = this.#scope['pagi.connection']
    if (command.for !== 'signal') {
      return later(connection[command.for].then((value) => value ?? null))
    }
    const { signal } = connection
    return later(
      new Promise((resolve) => {
        const tell = () => {
          const { reason, detail, code } = signal.reason
          resolve({ reason, detail, code })
        }
        if (signal.aborted) tell()
        else signal.addEventListener('abort', tell, { once: true })
      }),
    )
  }

  abort(command) {
    const connection = this.#scope['pagi.connection']
    return 'detail' in command ? connection.abort(command.detail) : connection.abort()
  }

  return({ value }) {
    this.#finish.resolve(decode(value, this.#handles))
  }

  throw({ message }) {
    this.#finish.reject(new Error(message ?? 'the probe was told to fail'))
  }

  state({ set = {}, delete: removed = [], put }) {
    const { state } = this.#scope
    Object.assign(state, set)
    for (const key of removed) delete state[key]
    if (put !== undefined) state[put.key][put.field] = put.value
    return state
  }

  scope() {
    return this.#encodedScope()
  }

  open(command) {
    return later(
      openHandle(decode(command, this.#handles)).then((handle) => {
        this.#handles.set(command.name, handle)
        this.#open.add(handle)
        return null
      }),
    )
  }

  handle({ name }) {
    return later(this.#handles.get(name).tell())
  }

  close({ name }) {
    const handle = this.#handles.get(name)
    this.#open.delete(handle)
    return later(Promise.resolve(handle.close()).then(() => null))
  }

  ping() {
    return later(new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(null)))))
  }

  stall({ ms }) {
    const end = Date.now() + ms
    while (Date.now() < end);
  }
}

const DOES = new Set(
  Object.getOwnPropertyNames(Call.prototype).filter(
    (name) => !['constructor', 'introduce', 'line', 'leave'].includes(name),
  ),
)

/** A promise that may be rejected before its second handler comes. */
function later(promise) {
  const own = Promise.resolve(promise)
  own.catch(() => {})
  return own
}

const OPENERS = {
  async file({ path }) {
    return fileHandle(await openFile(path, 'r'))
  },
  async closed({ path }) {
    const handle = await openFile(path, 'r')
    await handle.close()
    return fileHandle(handle)
  },
  async descriptor({ path }) {
    const fd = openSync(path, 'r')
    return {
      source: fd,
      tell: async () => ({ usable: works(() => readSync(fd, new Uint8Array(1), 0, 1, 0)) }),
      close: () => closeSync(fd),
    }
  },
  async failing({ bytes = new Uint8Array(0) }) {
    let given = 0
    let reads = 0
    const source = {
      fd: 2 ** 20,
      async read(buffer, offset, length) {
        reads += 1
        const piece = bytes.subarray(given, given + length)
        if (piece.length === 0) throw new Error('the handle failed')
        buffer.set(piece, offset)
        given += piece.length
        return { bytesRead: piece.length, buffer }
      },
    }
    return { source, tell: async () => ({ usable: true, reads }), close() {} }
  },
  async readable({ chunks = [] }) {
    const source = Readable.from(chunks, { objectMode: false })
    let ended = false
    source.on('close', () => {
      ended = true
    })
    return {
      source,
      tell: async () => ({ usable: !source.destroyed, ended }),
      close: () => source.destroy(),
    }
  },
  async stream({ chunks = [] }) {
    let reads = 0
    let ended = false
    const left = [...chunks]
    const source = new ReadableStream(
      {
        pull(controller) {
          reads += 1
          const chunk = left.shift()
          if (chunk === undefined) controller.close()
          else controller.enqueue(chunk)
        },
        cancel() {
          ended = true
        },
      },
      { highWaterMark: 0 },
    )
    return { source, tell: async () => ({ usable: !source.locked, reads, ended }), close() {} }
  },
  async iterable({ chunks = [] }) {
    let reads = 0
    let ended = false
    const left = [...chunks]
    const iterator = {
      async next() {
        reads += 1
        const value = left.shift()
        return { done: value === undefined, value }
      },
      async return() {
        ended = true
        return { done: true, value: undefined }
      },
    }
    const source = { [Symbol.asyncIterator]: () => iterator }
    return { source, tell: async () => ({ usable: true, reads, ended }), close() {} }
  },
}

async function openHandle(command) {
  const opener = OPENERS[command.kind]
  if (opener === undefined) {
    throw Object.assign(new Error(`no handle ${command.kind}`), { code: 'PROBE_UNKNOWN' })
  }
  return await opener(command)
}

function fileHandle(source) {
  return {
    source,
    async tell() {
      if (source.fd < 0) return { usable: false }
      try {
        await source.read(new Uint8Array(1), 0, 1, 0)
        return { usable: true }
      } catch {
        return { usable: false }
      }
    },
    close: async () => (source.fd < 0 ? undefined : await source.close()),
  }
}

function works(action) {
  try {
    action()
    return true
  } catch {
    return false
  }
}

/** The probe. */
export const probe = (scope, receive, send) => {
  calls += 1
  if (scope.path === '/pagi-probe/throw') throw new Error('the probe fails at once')
  if (scope.path === '/pagi-probe/return') return undefined
  const address = process.env['PAGI_PROBE'] ?? ''
  const colon = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    if (colon === -1) {
      reject(new Error('PAGI_PROBE must be host:port of the driver'))
      return
    }
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon))
    socket.setNoDelay(true)
    const call = new Call(socket, scope, receive, send)
    const pieces = []
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      for (const [index, piece] of text.split('\n').entries()) {
        if (index > 0) call.line(pieces.splice(0).join(''))
        pieces.push(piece)
      }
    })
    socket.on('error', reject)
    socket.on('close', () => call.leave())
    socket.on('connect', () => call.introduce())
    call.finished.then(resolve, reject)
  })
}

export default probe

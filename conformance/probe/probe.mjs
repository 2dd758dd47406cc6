// The probe: PROTOCOL.md beside it says what it does. probe.ts is the source, probe.mjs the same
// without its types; either needs nothing but Node.js to run.
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
const MEMBERS = [
  ...FACTS,
  'signal',
  'disconnected',
  'ended',
  'onDisconnect',
  'onComplete',
  'onEnd',
  'abort',
]
const ABOUT = {
  protocol: 1,
  name: 'javascript',
  binding: 'javascript',
  features: [
    'withdraw',
    'withdrawn',
    'signal',
    'overwrite',
    'thrown',
    'overlap',
    'open:file',
    'open:closed',
    'open:descriptor',
    'open:failing',
    'open:readable',
    'open:stream',
    'open:iterable',
    'open:silent',
  ],
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
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map((item) => encode(item))
  if (typeof value === 'function') return { $object: numberOf(value) }
  if (typeof value !== 'object') return { $native: typeof value }
  if (!isPlain(value)) return { $object: numberOf(value) }
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [
        key,
        opaque.includes(key) && isObject(item) ? { $object: numberOf(item) } : encode(item),
      ]),
  )
}

function isObject(value) {
  return typeof value === 'object' && value !== null
}

function isPlain(object) {
  const prototype = Object.getPrototypeOf(object)
  return !isObject(prototype) || Object.getPrototypeOf(prototype) === null
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
  if (value === undefined || value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map((item) => decode(item, handles))
  const { $bytes, $repeat, $string, times, $number, $undefined, $handle, $native } = value
  if (typeof $bytes === 'string') return new Uint8Array(Buffer.from($bytes, 'base64'))
  if (typeof $repeat === 'string') return repeated(Buffer.from($repeat), countOf(times))
  if (typeof $string === 'string') return $string.repeat(countOf(times))
  if (typeof $number === 'string') return Number($number)
  if ($undefined === true) return undefined
  if (typeof $handle === 'string') return handles.get($handle)?.source
  if (typeof $native === 'string') return NATIVE[$native]?.()
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, decode(item, handles)]),
  )
}

function countOf(times) {
  return typeof times === 'number' ? times : 1
}

function repeated(piece, times) {
  const bytes = new Uint8Array(piece.length * times)
  Buffer.from(bytes.buffer).fill(piece)
  return bytes
}

function isList(value) {
  return Array.isArray(value)
}

function bytesOf(value) {
  const bytes = decode(value, new Map())
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(0)
}

function describe(error, thrown) {
  const known = isObject(error)
  return {
    name: known ? String(Reflect.get(error, 'name')) : typeof error,
    ...(known && 'code' in error && { code: String(error.code) }),
    message: known ? String(Reflect.get(error, 'message')) : String(error),
    ...(thrown && { thrown: true }),
  }
}

function unknown(what) {
  return Object.assign(new Error(`the probe has no ${what}`), { code: 'PROBE_UNKNOWN' })
}

function found(map, key) {
  const value = map.get(key)
  if (value === undefined) throw new Error(`nothing is known of ${String(key)}`)
  return value
}

/** One call of the application, told by one connection to the driver what to do. */
class Call {
  #n = 0
  #running = null
  #controllers = new Map()
  #events = new Map()
  #unregister = new Map()
  #handles = new Map()
  #open = new Set()
  #sends = new Set()
  #socket
  #from
  #outcome

  constructor(socket, from, outcome) {
    this.#socket = socket
    this.#from = from
    this.#outcome = outcome
  }

  introduce() {
    this.#write({
      probe: ABOUT,
      pid: process.pid,
      call: calls,
      scope: this.#scope(),
      ...this.#facts(),
    })
  }

  line(text) {
    const message = JSON.parse(text)
    for (const command of [message].flat()) this.#run(command)
  }

  /** The driver has left: the application returns, and closes what it has opened. */
  async leave() {
    this.#outcome.resolve(undefined)
    await Promise.allSettled(this.#sends)
    await Promise.allSettled([...this.#open].map(async (handle) => await handle.close()))
  }

  #scope() {
    return encode(this.#from.scope, ['pagi.connection', 'pagi.transport', 'state'])
  }

  get #connection() {
    const { scope } = this.#from
    return 'pagi.connection' in scope ? scope['pagi.connection'] : undefined
  }

  get #transport() {
    const { scope } = this.#from
    return 'pagi.transport' in scope ? scope['pagi.transport'] : undefined
  }

  #facts() {
    const connection = this.#connection
    if (connection === undefined) return {}
    const facts = FACTS.map((name) => [name, connection[name]])
    return {
      facts: Object.fromEntries(
        facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, encode(value)]])),
      ),
    }
  }

  #write(message) {
    this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  #report(message) {
    this.#n += 1
    this.#write({ n: this.#n, ...message, ...this.#facts() })
  }

  #run(command) {
    const { id } = command
    const outer = this.#running
    this.#running = id
    try {
      const result = this.#do(command)
      if (result instanceof Promise) {
        result.then(
          (value) => this.#report({ id, ok: encode(value) }),
          (error) => this.#report({ id, error: describe(error, false) }),
        )
      } else {
        this.#report({ id, ok: encode(result ?? null) })
      }
    } catch (error) {
      this.#report({ id, error: describe(error, true) })
    } finally {
      this.#running = outer
    }
  }

  /** Does it, and gives the answer: a promise where it comes later. */
  #do(command) {
    switch (command.do) {
      case 'receive': {
        const { withdrawable, withdrawn } = command
        if (withdrawable !== true && withdrawn !== true)
          return Promise.resolve(this.#from.receive())
        const controller = new AbortController()
        this.#controllers.set(command.id, controller)
        if (withdrawn === true) controller.abort()
        return Promise.resolve(this.#from.receive({ signal: controller.signal }))
      }
      case 'withdraw':
        return found(this.#controllers, command.of).abort()
      case 'send': {
        const event = decode(command.event, this.#handles)
        this.#events.set(command.id, event)
        const sending = orNull(this.#from.send(event))
        this.#sends.add(sending)
        const settled = () => this.#sends.delete(sending)
        sending.then(settled, settled)
        return sending
      }
      case 'overwrite':
        return overwrite(found(this.#events, command.of))
      case 'facts':
        return this.#facts().facts
      case 'transport': {
        const transport = this.#transport
        if (transport === undefined) return null
        const { bufferedAmount, highWaterMark, lowWaterMark } = transport
        return { bufferedAmount, highWaterMark, lowWaterMark }
      }
      case 'members': {
        const connection = this.#connection
        return Object.fromEntries(MEMBERS.map((name) => [name, kindOf(connection?.[name])]))
      }
      case 'on': {
        const unregister = this.#register(command.event, this.#callback(command))
        this.#unregister.set(command.id, unregister)
        return null
      }
      case 'off':
        found(this.#unregister, command.of)()
        return null
      case 'wait':
        return this.#wait(command.for)
      case 'abort': {
        const connection = required(this.#connection)
        const returned = 'detail' in command ? connection.abort(command.detail) : connection.abort()
        return returned instanceof Promise ? encode(returned) : returned // not what it settles with
      }
      case 'return':
        return this.#outcome.resolve(decode(command.value, this.#handles))
      case 'throw':
        return this.#outcome.reject(new Error(command.message ?? 'the probe was told to fail'))
      case 'state':
        return changed(required(this.#from.scope.state), command)
      case 'scope':
        return this.#scope()
      case 'open':
        return openHandle(command).then((handle) => {
          this.#handles.set(command.name, handle)
          this.#open.add(handle)
          return null
        })
      case 'handle':
        return found(this.#handles, command.name).tell()
      case 'close': {
        const handle = found(this.#handles, command.name)
        this.#open.delete(handle)
        return Promise.resolve(handle.close()).then(() => null)
      }
      case 'ping':
        return new Promise((resolve) => {
          setImmediate(() => setImmediate(() => resolve(null)))
        })
      case 'stall': {
        const end = Date.now() + command.ms
        while (Date.now() < end);
        return null
      }
      default:
        throw unknown(`command ${JSON.stringify(command)}`)
    }
  }

  #callback({ id, fails = false, then = [] }) {
    return (...args) => {
      const during = this.#running
      this.#report({ called: id, args: args.map((value) => encode(value ?? null)), during })
      for (const command of then) this.#run(command)
      if (!fails) return undefined
      const error = new Error('a callback of the probe failed')
      if (fails !== 'rejects') throw error
      return Promise.reject(error)
    }
  }

  #register(event, callback) {
    switch (event) {
      case 'disconnect':
        return required(this.#connection).onDisconnect(callback)
      case 'complete':
        return required(this.#connection).onComplete(callback)
      case 'end':
        return required(this.#connection).onEnd(callback)
      case 'highWater':
        return required(this.#transport).onHighWater(callback)
      case 'drain':
        return required(this.#transport).onDrain(callback)
      default:
        throw unknown(`callback ${String(event)}`)
    }
  }

  #wait(what) {
    const connection = required(this.#connection)
    if (what !== 'signal') return orNull(connection[what])
    const { signal } = connection
    const before = signal.aborted
    return new Promise((resolve) => {
      const tell = () => {
        const { reason, detail, code } = signal.reason
        resolve({ reason, detail, code, before })
      }
      if (before) tell()
      else signal.addEventListener('abort', tell, { once: true })
    })
  }
}

function required(value) {
  if (value === undefined) throw new Error('the scope does not have this')
  return value
}

async function orNull(value) {
  return (await value) ?? null
}

function kindOf(value) {
  if (value instanceof Promise) return 'promise'
  return value instanceof AbortSignal ? 'signal' : typeof value
}

function overwrite(event) {
  if (!isObject(event)) return
  for (const value of Object.values(event)) if (value instanceof Uint8Array) value.fill(0x21)
}

function changed(state, { set, delete: removed, put }) {
  Object.assign(state, set)
  for (const key of removed ?? []) delete state[key]
  const inner = put === undefined ? undefined : state[put.key]
  if (put !== undefined && isObject(inner)) Reflect.set(inner, put.field, put.value)
  return state
}

async function openHandle(opening) {
  switch (opening.kind) {
    case 'file':
      return fileHandle(await openFile(opening.path, 'r'))
    case 'closed': {
      const file = await openFile(opening.path, 'r')
      await file.close()
      return fileHandle(file)
    }
    case 'descriptor': {
      const source = openSync(opening.path, 'r')
      const read = () => readSync(source, new Uint8Array(1), 0, 1, 0)
      return { source, tell: async () => await usable(read), close: () => closeSync(source) }
    }
    case 'failing':
      return failing(bytesOf(opening.bytes))
    case 'readable':
      return readable(chunksOf(opening))
    case 'stream':
      return stream(chunksOf(opening))
    case 'iterable':
      return iterable(chunksOf(opening))
    case 'silent':
      return iterable(chunksOf(opening), new Promise(() => {}))
    default:
      throw unknown(`handle ${JSON.stringify(opening)}`)
  }
}

function chunksOf({ chunks = [] }) {
  return chunks.map(bytesOf)
}

/** Whether a handle can be read. */
async function usable(read) {
  try {
    await read()
    return { usable: true }
  } catch {
    return { usable: false }
  }
}

function fileHandle(source) {
  return {
    source,
    tell: async () => await usable(() => source.read(new Uint8Array(1), 0, 1, 0)),
    close: async () => (source.fd < 0 ? undefined : await source.close()),
  }
}

function failing(bytes) {
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
}

function readable(chunks) {
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
}

function stream(chunks) {
  let reads = 0
  let ended = false
  const source = new ReadableStream(
    {
      pull(controller) {
        reads += 1
        const chunk = chunks.shift()
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
}

/** @param last what is read after the chunks, where that is not the end */
function iterable(chunks, last) {
  let reads = 0
  let ended = false
  const iterator = {
    async next() {
      reads += 1
      const value = chunks.shift()
      if (value === undefined && last !== undefined) return await last
      return { done: value === undefined, value }
    },
    async return() {
      ended = true
      return { done: true, value: undefined }
    },
  }
  const source = { [Symbol.asyncIterator]: () => iterator }
  return { source, tell: async () => ({ usable: true, reads, ended }), close() {} }
}

/** The probe. At one path it returns no promise, which an application must. */
export function probe(scope, receive, send) {
  calls += 1
  const path = 'path' in scope ? scope.path : ''
  if (path === '/pagi-probe/throw') throw new Error('the probe fails at once')
  if (path === '/pagi-probe/return') return undefined
  const address = process.env['PAGI_PROBE'] ?? ''
  const colon = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    if (colon === -1) {
      reject(new Error('PAGI_PROBE must be host:port of the driver'))
      return
    }
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon))
    socket.setNoDelay(true)
    const call = new Call(socket, { scope, receive, send }, { resolve, reject })
    const pieces = []
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      for (const [index, piece] of text.split('\n').entries()) {
        if (index > 0) call.line(pieces.splice(0).join(''))
        pieces.push(piece)
      }
    })
    socket.on('error', reject)
    socket.on('close', () => void call.leave())
    socket.on('connect', () => call.introduce())
  })
}

export default probe

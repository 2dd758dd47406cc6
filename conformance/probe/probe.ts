// The probe: PROTOCOL.md beside it says what it does. probe.ts is the source, probe.mjs the same
// without its types; either needs nothing but Node.js to run.
import { open as openFile } from 'node:fs/promises'
import { closeSync, openSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { FileHandle } from 'node:fs/promises'
import type {
  ConnectionState,
  Receive,
  Scope,
  Send,
  State,
  TransportState,
  Unregister,
} from '@pagi/spec'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = Readonly<Record<string, Json>>

/** What the driver sends. */
type Command = { readonly id: number } & (
  | { do: 'receive'; withdrawable?: boolean; withdrawn?: boolean }
  | { do: 'withdraw'; of: number }
  | { do: 'send'; event: Json }
  | { do: 'overwrite'; of: number }
  | { do: 'facts' }
  | { do: 'transport' }
  | { do: 'members' }
  | { do: 'on'; event: CallbackName; fails?: boolean | 'rejects'; then?: readonly Command[] }
  | { do: 'off'; of: number }
  | { do: 'wait'; for: 'disconnected' | 'ended' | 'signal' }
  | { do: 'abort'; detail?: string }
  | { do: 'return'; value?: Json }
  | { do: 'throw'; message?: string }
  | { do: 'state'; set?: JsonObject; delete?: readonly string[]; put?: Put }
  | { do: 'scope' }
  | ({ do: 'open'; name: string } & Opening)
  | { do: 'handle'; name: string }
  | { do: 'close'; name: string }
  | { do: 'ping' }
  | { do: 'stall'; ms: number }
)
type CallbackName = 'disconnect' | 'complete' | 'end' | 'highWater' | 'drain'
interface Put {
  readonly key: string
  readonly field: string
  readonly value: Json
}
type Opening =
  | { kind: 'file' | 'closed' | 'descriptor'; path: string }
  | { kind: 'failing'; bytes?: Json }
  | { kind: 'readable' | 'stream' | 'iterable' | 'silent'; chunks?: readonly Json[] }

/** What the command `open` has made. */
interface Handle {
  readonly source: unknown
  tell(): Promise<{ usable: boolean; reads?: number; ended?: boolean }>
  close(): unknown
}

/** What a call of the application has from the server; anything at all may be sent. */
interface Environment {
  readonly scope: Scope
  readonly receive: Receive
  send(event: unknown): Promise<void>
}

/** How a call of the application ends. */
interface Outcome {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const FACTS = [
  'isConnected',
  'disconnectReason',
  'disconnectDetail',
  'responseStarted',
  'responseComplete',
  'closeCode',
  'closeReason',
] as const
const MEMBERS = [
  ...FACTS,
  'signal',
  'disconnected',
  'ended',
  'onDisconnect',
  'onComplete',
  'onEnd',
  'abort',
] as const
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
const numbers = new WeakMap<object, number>()

/** The same number for the same object, as long as the process lives. */
function numberOf(object: object): number {
  const known = numbers.get(object)
  if (known !== undefined) return known
  objects += 1
  numbers.set(object, objects)
  return objects
}

function encode(value: unknown, opaque: readonly string[] = []): Json {
  if (value === undefined) return { $undefined: true }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map((item) => encode(item))
  if (typeof value === 'function') return { $object: numberOf(value) }
  if (typeof value !== 'object') return { $native: typeof value }
  if (!isPlain(value)) return { $object: numberOf(value) }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  return Object.fromEntries(
    entries
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [
        key,
        opaque.includes(key) && isObject(item) ? { $object: numberOf(item) } : encode(item),
      ]),
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return !isObject(prototype) || Object.getPrototypeOf(prototype) === null
}

const NATIVE: Readonly<Record<string, () => unknown>> = {
  date: () => new Date(0),
  function: () => () => {},
  bigint: () => 5n,
  symbol: () => Symbol('probe'),
  regexp: () => /probe/,
  url: () => new URL('file:///probe'),
}

function decode(value: Json | undefined, handles: ReadonlyMap<string, Handle>): unknown {
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

function countOf(times: Json | undefined): number {
  return typeof times === 'number' ? times : 1
}

function repeated(piece: Buffer, times: number): Uint8Array {
  const bytes = new Uint8Array(piece.length * times)
  Buffer.from(bytes.buffer).fill(piece)
  return bytes
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function bytesOf(value: Json | undefined): Uint8Array {
  const bytes = decode(value, new Map())
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(0)
}

function describe(error: unknown, thrown: boolean): JsonObject {
  const known = isObject(error)
  return {
    name: known ? String(Reflect.get(error, 'name')) : typeof error,
    ...(known && 'code' in error && { code: String(error.code) }),
    message: known ? String(Reflect.get(error, 'message')) : String(error),
    ...(thrown && { thrown: true }),
  }
}

function unknown(what: string): Error {
  return Object.assign(new Error(`the probe has no ${what}`), { code: 'PROBE_UNKNOWN' })
}

function found<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key)
  if (value === undefined) throw new Error(`nothing is known of ${String(key)}`)
  return value
}

/** One call of the application, told by one connection to the driver what to do. */
class Call {
  #n = 0
  #running: number | null = null
  readonly #controllers = new Map<number, AbortController>()
  readonly #events = new Map<number, unknown>()
  readonly #unregister = new Map<number, Unregister>()
  readonly #handles = new Map<string, Handle>()
  readonly #open = new Set<Handle>()
  readonly #sends = new Set<Promise<unknown>>()
  readonly #socket: Socket
  readonly #from: Environment
  readonly #outcome: Outcome

  constructor(socket: Socket, from: Environment, outcome: Outcome) {
    this.#socket = socket
    this.#from = from
    this.#outcome = outcome
  }

  introduce(): void {
    this.#write({
      probe: ABOUT,
      pid: process.pid,
      call: calls,
      scope: this.#scope(),
      ...this.#facts(),
    })
  }

  line(text: string): void {
    const message: Command | readonly Command[] = JSON.parse(text)
    for (const command of [message].flat()) this.#run(command)
  }

  /** The driver has left: the application returns, and closes what it has opened. */
  async leave(): Promise<void> {
    this.#outcome.resolve(undefined)
    await Promise.allSettled(this.#sends)
    await Promise.allSettled([...this.#open].map(async (handle) => await handle.close()))
  }

  #scope(): Json {
    return encode(this.#from.scope, ['pagi.connection', 'pagi.transport', 'state'])
  }

  get #connection(): ConnectionState | undefined {
    const { scope } = this.#from
    return 'pagi.connection' in scope ? scope['pagi.connection'] : undefined
  }

  get #transport(): TransportState | undefined {
    const { scope } = this.#from
    return 'pagi.transport' in scope ? scope['pagi.transport'] : undefined
  }

  #facts(): { facts?: JsonObject } {
    const connection = this.#connection
    if (connection === undefined) return {}
    const facts = FACTS.map((name) => [name, connection[name]] as const)
    return {
      facts: Object.fromEntries(
        facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, encode(value)]])),
      ),
    }
  }

  #write(message: JsonObject): void {
    this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  #report(message: JsonObject): void {
    this.#n += 1
    this.#write({ n: this.#n, ...message, ...this.#facts() })
  }

  #run(command: Command): void {
    const { id } = command
    const outer = this.#running
    this.#running = id
    try {
      const result = this.#do(command)
      if (result instanceof Promise) {
        result.then(
          (value: unknown) => this.#report({ id, ok: encode(value) }),
          (error: unknown) => this.#report({ id, error: describe(error, false) }),
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
  #do(command: Command): unknown {
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
        const settled = (): boolean => this.#sends.delete(sending)
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
        const returned: unknown =
          'detail' in command ? connection.abort(command.detail) : connection.abort()
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

  #callback({ id, fails = false, then = [] }: Command & { do: 'on' }) {
    return (...args: readonly unknown[]): unknown => {
      const during = this.#running
      this.#report({ called: id, args: args.map((value) => encode(value ?? null)), during })
      for (const command of then) this.#run(command)
      if (!fails) return undefined
      const error = new Error('a callback of the probe failed')
      if (fails !== 'rejects') throw error
      return Promise.reject(error)
    }
  }

  #register(event: CallbackName, callback: (...args: readonly unknown[]) => unknown): Unregister {
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

  #wait(what: 'disconnected' | 'ended' | 'signal'): Promise<unknown> {
    const connection = required(this.#connection)
    if (what !== 'signal') return orNull(connection[what])
    const { signal } = connection
    const before = signal.aborted
    return new Promise((resolve) => {
      const tell = (): void => {
        const { reason, detail, code } = signal.reason
        resolve({ reason, detail, code, before })
      }
      if (before) tell()
      else signal.addEventListener('abort', tell, { once: true })
    })
  }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the scope does not have this')
  return value
}

async function orNull(value: unknown): Promise<unknown> {
  return (await value) ?? null
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return 'promise'
  return value instanceof AbortSignal ? 'signal' : typeof value
}

function overwrite(event: unknown): void {
  if (!isObject(event)) return
  for (const value of Object.values(event)) if (value instanceof Uint8Array) value.fill(0x21)
}

function changed(state: State, { set, delete: removed, put }: Command & { do: 'state' }): State {
  Object.assign(state, set)
  for (const key of removed ?? []) delete state[key]
  const inner = put === undefined ? undefined : state[put.key]
  if (put !== undefined && isObject(inner)) Reflect.set(inner, put.field, put.value)
  return state
}

async function openHandle(opening: Opening): Promise<Handle> {
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
      const read = (): unknown => readSync(source, new Uint8Array(1), 0, 1, 0)
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

function chunksOf({ chunks = [] }: { readonly chunks?: readonly Json[] }): Uint8Array[] {
  return chunks.map(bytesOf)
}

/** Whether a handle can be read. */
async function usable(read: () => unknown): Promise<{ usable: boolean }> {
  try {
    await read()
    return { usable: true }
  } catch {
    return { usable: false }
  }
}

function fileHandle(source: FileHandle): Handle {
  return {
    source,
    tell: async () => await usable(() => source.read(new Uint8Array(1), 0, 1, 0)),
    close: async () => (source.fd < 0 ? undefined : await source.close()),
  }
}

function failing(bytes: Uint8Array): Handle {
  let given = 0
  let reads = 0
  const source = {
    fd: 2 ** 20,
    async read(buffer: Uint8Array, offset: number, length: number) {
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

function readable(chunks: readonly Uint8Array[]): Handle {
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

function stream(chunks: Uint8Array[]): Handle {
  let reads = 0
  let ended = false
  const source = new ReadableStream<Uint8Array>(
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
function iterable(chunks: Uint8Array[], last?: Promise<never>): Handle {
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
export function probe(scope: Scope, receive: Receive, send: Send): Promise<void> | undefined {
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
    const pieces: string[] = []
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
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

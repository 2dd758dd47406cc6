/** The steps of the client's end. */

import type { ClientStep, Pairs } from '../case.ts'
import type { ClientEnd } from '../client/end.ts'
import { acceptOf, closePayload, encodeFrame, newKey, OPCODES } from '../client/frames.ts'
import { valuesOf } from '../client/http1.ts'
import type { Head } from '../client/http1.ts'
import type { Context } from '../context.ts'
import { CaseFailure, SuiteError } from '../failure.ts'
import { mismatch } from '../match.ts'
import { isObject, toBytes } from '../values.ts'

type Handler = (step: ClientStep, end: ClientEnd, context: Context) => Promise<void>

export async function clientStep(step: ClientStep, context: Context): Promise<void> {
  const handler = HANDLERS[step.client]
  if (handler === undefined) throw new SuiteError(`no client step ${step.client}`)
  const end = context.client(step.on)
  await end.connected()
  await handler(step, end, context)
}

async function write(end: ClientEnd, bytes: Buffer, split: boolean): Promise<void> {
  if (!split) {
    end.wire.push(bytes)
    return
  }
  for (const byte of bytes) await end.wire.write(Buffer.from([byte]))
}

const pairs = (headers: ClientStep['headers']): Pairs =>
  Array.isArray(headers) ? headers : Object.entries(headers ?? {})

/** The head of a request: names as written, Host unless there is one. */
function requestHead(step: ClientStep, more: Pairs): Buffer {
  const version = step.version ?? '1.1'
  const fields = [...pairs(step.headers), ...more]
  const named = fields.some(([name]) => name.toLowerCase() === 'host')
  const host: Pairs = named || step.host === false ? [] : [['Host', 'suite.example']]
  const lines = [...host, ...fields].map(([name, value]) => `${name}: ${value}\r\n`)
  const line = `${step.method ?? 'GET'} ${step.path ?? '/'} HTTP/${version}\r\n`
  return Buffer.from(`${line}${lines.join('')}\r\n`, 'latin1')
}

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

function payload(step: ClientStep): Buffer {
  if (step.opcode === 'close' && step.bytes === undefined && step.text === undefined) {
    return closePayload(step.code, step.reason ?? '')
  }
  return typeof step.text === 'string' ? Buffer.from(step.text) : toBytes(step.bytes)
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  async connect(step, end) {
    end.wire.keepsOpen = step.open === true
  },

  async write(step, end) {
    const pieces = Array.isArray(step.text)
      ? step.text.map((text) => Buffer.from(String(text), 'latin1'))
      : [typeof step.text === 'string' ? Buffer.from(step.text, 'latin1') : toBytes(step.bytes)]
    const [first] = pieces
    const method = /^([A-Z]+) \S/.exec(first?.toString('latin1', 0, 20) ?? '')?.[1]
    if (method !== undefined) end.methods.push(method)
    if (pieces.length === 1) await write(end, first ?? Buffer.alloc(0), step.split === true)
    else for (const piece of pieces) await end.wire.write(piece)
  },

  async request(step, end) {
    end.methods.push(step.method ?? 'GET')
    if (step.chunks !== undefined) {
      const head = requestHead(step, [['Transfer-Encoding', 'chunked']])
      const pieces = step.chunks.map((piece) => chunk(toBytes(piece)))
      const last = step.open === true ? [] : [Buffer.from('0\r\n\r\n')]
      await write(end, Buffer.concat([head, ...pieces, ...last]), step.split === true)
    } else if (step.body === undefined) {
      await write(end, requestHead(step, []), step.split === true)
    } else {
      const body = toBytes(step.body)
      const head = requestHead(step, [['Content-Length', String(body.length)]])
      await write(end, Buffer.concat([head, body]), step.split === true)
    }
  },

  async chunk(step, end) {
    const bytes = typeof step.text === 'string' ? Buffer.from(step.text) : toBytes(step.bytes)
    end.wire.push(bytes.length === 0 ? Buffer.from('0\r\n\r\n') : chunk(bytes))
  },

  async head(step, end, context) {
    await readHead(step, end, context)
    context.check(step, end.view(undefined), whose(end, context))
  },

  async response(step, end, context) {
    if (step.optional === true && !(await end.answered())) return
    const head = await readHead(step, end, context)
    await rest(step, end, context, head.status === 101)
  },

  async rest(step, end, context) {
    await rest(step, end, context, false)
  },

  async body(step, end, context) {
    const wanted = typeof step.text === 'string' ? Buffer.from(step.text) : toBytes(step.bytes)
    const got = await end.readBody(wanted.length)
    const fault = got.equals(wanted) ? undefined : mismatch(got, wanted.toString())
    if (fault !== undefined) throw new CaseFailure(`the body: ${fault}`)
    context.check(step, end.view(got), 'the response')
  },

  async reads(step, end) {
    await end.passBody(step.least ?? 1)
  },

  async raw(step, end, context) {
    await end.until(() => end.wire.ended, 'end of the connection')
    context.check(step, end.wire.unread.take(end.wire.unread.length), 'what came')
  },

  async ended(step, end) {
    if (end.body !== undefined) await end.readRest()
    const how = await end.until(() => end.wire.ended, 'end of the connection by the server')
    if (end.wire.unread.length > 0) {
      const text = end.wire.unread.bytes.toString('latin1', 0, 120)
      throw new CaseFailure(`before the end of the connection came ${JSON.stringify(text)}`)
    }
    if (step.how !== undefined && step.how !== how) {
      throw new CaseFailure(`the connection ended by ${how}, expected ${step.how}`)
    }
  },

  async silent(step, end, context) {
    if (step.ms !== undefined) await new Promise((resolve) => setTimeout(resolve, step.ms))
    for (const call of context.calls.values()) if (!call.closed) await context.ping(call)
    await context.roundTrip()
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    end.body?.pull(end.wire)
    const extra = Buffer.concat([end.body?.unread.bytes ?? Buffer.alloc(0), end.wire.unread.bytes])
    if (extra.length > 0) {
      throw new CaseFailure(`unexpected: ${JSON.stringify(extra.toString('latin1', 0, 200))}`)
    }
    if (end.wire.ended !== undefined && step.optional !== true) {
      throw new CaseFailure(`the connection has ended (${end.wire.ended})`)
    }
  },

  async reused(step, end) {
    end.methods.push('GET')
    end.wire.push(Buffer.from('GET /pagi-suite/reused HTTP/1.1\r\nHost: suite\r\n\r\n'))
    if (step.optional === true && !(await end.answered())) return
    const head = await end.readHead(false)
    await end.readRest()
    if (head.status !== 200) {
      throw new CaseFailure(`the next request on the connection was answered ${head.status}`)
    }
  },

  async pause(_step, end) {
    end.wire.pause()
  },

  async resume(_step, end) {
    end.wire.resume()
  },

  async end(_step, end) {
    end.wire.end()
  },

  async close(_step, end) {
    end.wire.unread.clear()
    end.wire.end()
  },

  async reset(_step, end) {
    end.wire.reset()
  },

  async handshake(step, end) {
    const key = step.key ?? newKey()
    end.keys.push(key)
    end.methods.push(step.method ?? 'GET')
    const names = pairs(step.headers).map(([name]) => name.toLowerCase())
    const fields: Pairs = [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Key', key],
      ['Sec-WebSocket-Version', step.version ?? '13'],
    ]
    const protocols = (step.protocols ?? []).map(
      (value) => ['Sec-WebSocket-Protocol', value] as const,
    )
    const missing = fields.filter(([name]) => !names.includes(name.toLowerCase()))
    end.wire.push(requestHead({ ...step, version: '1.1' }, [...missing, ...protocols]))
  },

  async upgraded(step, end, context) {
    const head = await end.readHead(false)
    const one = (name: string): string => valuesOf(head, name).join(', ').toLowerCase()
    if (head.status !== 101) throw new CaseFailure(`expected status 101, got ${head.status}`)
    const accept = valuesOf(head, 'sec-websocket-accept').join()
    if (one('upgrade') !== 'websocket' || !one('connection').split(/, */).includes('upgrade')) {
      throw new CaseFailure('the 101 response lacks upgrade: websocket or connection: upgrade')
    }
    if (accept !== acceptOf(end.keys.shift() ?? '')) {
      throw new CaseFailure(`sec-websocket-accept ${accept} does not belong to the key`)
    }
    context.check(step, end.view(undefined), 'the handshake response')
  },

  async frame(step, end) {
    const { opcode = 'text' } = step
    const frame = encodeFrame({
      opcode: typeof opcode === 'number' ? opcode : (OPCODES[opcode] ?? 1),
      payload: payload(step),
      fin: step.fin ?? true,
      rsv: step.rsv ?? 0,
      masked: step.masked ?? true,
      length: step.length,
    })
    await write(end, frame, step.split === true)
  },

  async receives(step, end, context) {
    const skip = step.skip ?? []
    for (;;) {
      const frame = step.optional === true ? await end.readFrameOrEnd() : await end.readFrame()
      if (typeof frame === 'string') return
      if (skip.includes(String(frame.opcode))) continue
      context.check(step, frame, 'the frame')
      return
    }
  },

  async message(step, end, context) {
    const pieces: Buffer[] = []
    let kind: string | number = ''
    for (;;) {
      const frame = await end.readFrame()
      if (frame.opcode === 'ping' || frame.opcode === 'pong') continue
      if (frame.opcode === 'close') {
        throw new CaseFailure(`Close ${frame.code} ${frame.reason} instead of a message`)
      }
      if (frame.opcode !== 'continuation') kind = frame.opcode
      pieces.push(frame.bytes)
      if (!frame.fin) continue
      const bytes = pieces.length === 1 ? frame.bytes : Buffer.concat(pieces)
      const message = kind === 'text' ? { text: bytes.toString() } : { bytes }
      context.check(step, message, 'the message')
      return
    }
  },

  async event(step, end, context) {
    const event = await end.readStream(() => end.stream.events.shift(), 'event')
    context.check(step, event, 'the event')
  },

  async comment(step, end, context) {
    const comment = await end.readStream(() => end.stream.comments.shift(), 'comment')
    context.check(step, comment, 'the comment')
  },
}

/** Reads a head; where the case says that the server makes this response, the application must not have. */
async function readHead(step: ClientStep, end: ClientEnd, context: Context): Promise<Head> {
  const head = await end.readHead(step.interim === true)
  if (step['server-made'] !== true) return head
  if (!context.madeByServer(end)) {
    throw new CaseFailure(
      `the application's own response came (status ${head.status}), not one the server makes itself`,
    )
  }
  context.transcript.note('suite', `the server made the response with status ${head.status} itself`)
  end.responses -= 1
  return head
}

/** Names a response for a message: one that the application did not send is told apart. */
function whose(end: ClientEnd, context: Context): string {
  return context.madeByServer(end) ? 'the response the server made itself' : 'the response'
}

async function rest(
  step: ClientStep,
  end: ClientEnd,
  context: Context,
  upgraded: boolean,
): Promise<void> {
  const bytes = upgraded ? Buffer.alloc(0) : await end.readRest()
  const { head } = end
  const closing =
    head !== undefined && valuesOf(head, 'connection').join().toLowerCase().includes('close')
  if (closing && !upgraded) {
    await end.until(() => end.wire.ended, 'end of the connection after connection: close')
  } else if (isObject(step.match) && step.match['closes'] === true) {
    await end.until(() => end.wire.ended, 'end of the connection after the response')
  }
  const view = { ...end.view(bytes), closes: end.wire.ended !== undefined }
  context.check(step, view, whose(end, context))
}

import { Agent, request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'

/** What a client got for one request. */
export interface Answer {
  /** 0: no response at all. */
  readonly status: number
  /** Names in lower case, in order, without those of the connection and the date. */
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** Interim responses with status 100. */
  readonly continues: number
  /** False: it ended before its framing said so. */
  readonly complete: boolean
}

export interface Question {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
  /** Takes the request in hand: what to send and when, or to leave. Else the body is sent. */
  readonly drive?: (req: ClientRequest) => void
  /** Takes the response in hand. */
  readonly take?: (res: IncomingMessage, req: ClientRequest) => void
}

const LEFT_OUT = new Set(['connection', 'date', 'keep-alive'])

/** Asks on a connection that would be kept, and takes the whole answer. */
export const ask = (port: number, question: Question = {}): Promise<Answer> => {
  const { method = 'GET', path = '/', headers = {}, body, drive, take } = question
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return new Promise<Answer>((resolve) => {
    let continues = 0
    const req = request({ port, host: '127.0.0.1', method, path, agent, headers: { ...headers } })
    const settle = (answer: Partial<Answer>): void => {
      agent.destroy()
      resolve({
        status: 0,
        headers: [],
        body: '',
        trailers: [],
        complete: false,
        continues,
        ...answer,
      })
    }
    req.on('continue', () => (continues += 1))
    req.on('error', () => settle({}))
    req.on('response', (res) => {
      const pieces: Buffer[] = []
      res.on('data', (piece: Buffer) => pieces.push(piece))
      res.on('error', () => {}) // 'close' follows
      res.on('close', () =>
        settle({
          status: res.statusCode ?? 0,
          headers: pairs(res.rawHeaders),
          body: Buffer.concat(pieces).toString('latin1'),
          trailers: pairs(res.rawTrailers),
          complete: res.complete,
        }),
      )
      take?.(res, req)
    })
    if (drive === undefined) req.end(body)
    else drive(req)
  })
}

const pairs = (raw: readonly string[]): string[] => {
  const lines: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? ''
    if (!LEFT_OUT.has(name)) lines.push(`${name}: ${raw[at + 1]}`)
  }
  return lines
}

import type { RawClient } from './raw-client.ts'

/** One HTTP/1 response as it stood on the wire. */
export interface WireResponse {
  readonly version: string
  readonly status: number
  /** Lines in order, names as they were written. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** False: the connection ended before the framing said so. */
  readonly complete: boolean
}

/** The values of a field, in order; empty when it is absent. */
export const fieldOf = (
  { headers }: Pick<WireResponse, 'headers'>,
  name: string,
): readonly string[] =>
  headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

export const textOf = ({ body }: WireResponse): string => body.toString('utf8')

/** Takes a response head, interim ones (1xx) included. */
export const readHead = async (
  client: RawClient,
): Promise<Pick<WireResponse, 'version' | 'status' | 'headers'>> => {
  const head = await client.until('\r\n\r\n')
  const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n')
  const match = /^HTTP\/(\d\.\d) (\d{3}) /.exec(statusLine)
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`)
  const [, version = '', status = ''] = match
  return { version, status: Number(status), headers: lines.map(fieldLine) }
}

/** Takes one whole response; `bodyless` for the answer to a HEAD. */
export const readResponse = async (client: RawClient, bodyless = false): Promise<WireResponse> => {
  const head = await readHead(client)
  const { status } = head
  const values = (name: string): string[] =>
    head.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
  const none = { framing: 'none', body: Buffer.alloc(0), trailers: [], complete: true } as const
  if (bodyless || status === 204 || status === 304 || status < 200) return { ...head, ...none }
  if (values('transfer-encoding').length > 0)
    return { ...head, framing: 'chunked', ...(await readChunked(client)) }
  const [length] = values('content-length')
  const wanted = length === undefined ? Number.POSITIVE_INFINITY : Number(length)
  const body = await client.find((bytes, ended) => {
    if (bytes.byteLength >= wanted) return Buffer.from(client.take(wanted))
    return ended ? Buffer.from(client.take(bytes.byteLength)) : undefined
  })
  return {
    ...head,
    framing: length === undefined ? 'close' : 'length',
    body,
    trailers: [],
    complete: length === undefined ? client.ending === 'fin' : body.byteLength === wanted,
  }
}

/** Takes one chunk; undefined at the end of the connection, an empty one is the last. */
export const readChunk = (client: RawClient): Promise<Buffer | 'cut'> =>
  client.find((bytes, ended) => {
    const line = bytes.indexOf('\r\n')
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', 0, line), 16)
    const whole = line + 2 + size + (size > 0 ? 2 : 0)
    if (Number.isNaN(size) || bytes.byteLength < whole) return ended ? 'cut' : undefined
    return Buffer.from(client.take(whole).subarray(line + 2, line + 2 + size))
  })

const readChunked = async (
  client: RawClient,
): Promise<Pick<WireResponse, 'body' | 'trailers' | 'complete'>> => {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = await readChunk(client)
    if (chunk === 'cut') return { body: Buffer.concat(chunks), trailers: [], complete: false }
    if (chunk.byteLength === 0) break
    chunks.push(chunk)
  }
  const trailers: (readonly [string, string])[] = []
  for (;;) {
    const line = (await client.until('\r\n')).slice(0, -2)
    if (line === '') return { body: Buffer.concat(chunks), trailers, complete: true }
    trailers.push(fieldLine(line))
  }
}

const fieldLine = (line: string): readonly [string, string] => {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

import type { Buffer } from 'node:buffer'
import { readHeaders } from '@pagi/core'
import type { RequestFacts } from '../request-record.ts'
import type { Peers } from '@pagi/core'

// What can be told of something that comes to no scope, so that an operator sees who tries what.

/** As much of a request as could be read: an `IncomingMessage` is one. */
export interface SeenRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly rawHeaders: readonly string[]
}

export const faultFacts = (peers: Peers, seen: SeenRequest | undefined): RequestFacts => ({
  type: undefined,
  ...peers,
  method: seen?.method,
  target: seen?.url,
  httpVersion: seen?.httpVersion,
  headers: seen === undefined ? [] : readHeaders(seen.rawHeaders).headers,
})

/** The request line in the bytes a parser has refused, if they begin with one. */
export const seenIn = (bytes: Buffer | undefined): SeenRequest | undefined => {
  const text = bytes?.toString('latin1', 0, LONGEST) ?? ''
  const [, method, url, httpVersion] = /^([!-~]+) ([^ \r\n]+) HTTP\/(\d\.\d)\r?\n/.exec(text) ?? []
  return httpVersion === undefined ? undefined : { method, url, httpVersion, rawHeaders: [] }
}

const LONGEST = 16 * 1024

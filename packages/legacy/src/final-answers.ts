import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'

// The ends of a stack of middleware. Fields that others have set stay, security and CORS among them, but
// not those that describe a body which is not sent.

const OF_THE_BODY = [
  'content-encoding',
  'content-language',
  'content-range',
  'content-disposition',
  'etag',
  'last-modified',
  'accept-ranges',
  'transfer-encoding',
]

/** Nobody has answered. */
export const answerNotFound = (res: ServerResponse): undefined => {
  answer(res, 404, 'Not Found')
}

/**
 * Nobody has taken the error. Its message is told only where it says `expose`, as those of `http-errors`
 * do for what the client got wrong.
 *
 * @returns the status
 */
export const answerError = (res: ServerResponse, error: unknown): number => {
  const facts = typeof error === 'object' && error !== null ? error : {}
  const status = statusOf(facts) ?? (res.statusCode >= 400 ? res.statusCode : 500)
  const exposed = status < 500 && 'expose' in facts && facts.expose === true && 'message' in facts
  for (const [name, value] of fieldsOf(facts)) if (!res.headersSent) res.setHeader(name, value)
  answer(res, status, exposed ? String(facts.message) : (STATUS_CODES[status] ?? 'Error'))
  return status
}

const answer = (res: ServerResponse, status: number, text: string): void => {
  if (res.headersSent || res.destroyed) return
  for (const name of OF_THE_BODY) res.removeHeader(name)
  const body = `${text}\n`
  res.statusCode = status
  res.statusMessage = ''
  res.setHeader('content-type', 'text/plain; charset=utf-8')
  res.setHeader('x-content-type-options', 'nosniff')
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}

const statusOf = (facts: object): number | undefined => {
  const candidates: readonly unknown[] = [
    'status' in facts ? facts.status : undefined,
    'statusCode' in facts ? facts.statusCode : undefined,
  ]
  return candidates.find(
    (status): status is number => typeof status === 'number' && status >= 400 && status < 600,
  )
}

/** The `headers` an error brings along, such as `allow` or `retry-after`. */
const fieldsOf = (facts: object): readonly (readonly [string, string])[] => {
  if (!('headers' in facts) || typeof facts.headers !== 'object' || facts.headers === null)
    return []
  return Object.entries(facts.headers).map(([name, value]) => [name, String(value)])
}

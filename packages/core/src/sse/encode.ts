// The event stream format of the WHATWG HTML standard, section 9.2.5, as SSE-13 to SSE-16 spell it.

/** The checked fields of an `sse.send`. */
export interface SseMessage {
  readonly data: string
  readonly event?: string
  readonly id?: string
  readonly retry?: number
}

const LINE_END = /\r\n|\r|\n/

/** One dispatch: its fields, a `data:` line per line of `data`, and the empty line that ends it. */
export const encodeMessage = ({ data, event, id, retry }: SseMessage): string => {
  let text = ''
  if (event !== undefined) text += `event: ${event}\n`
  if (id !== undefined) text += `id: ${id}\n` // '' resets the client's last event id
  if (retry !== undefined) text += `retry: ${retry}\n`
  if (!data.includes('\n') && !data.includes('\r')) return `${text}data: ${data}\n\n`
  for (const line of data.split(LINE_END)) text += `data: ${line}\n`
  return `${text}\n`
}

/** A comment: each line gets a colon in front unless it starts with one (SSE-15). */
export const encodeComment = (comment: string): string => {
  let text = ''
  for (const line of comment.split(LINE_END))
    text += line.startsWith(':') ? `${line}\n` : `:${line}\n`
  return `${text}\n`
}

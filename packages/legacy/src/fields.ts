import type { Header } from '@pagi/spec'

/** Fields of the connection and of framing: the server's (HTTP-86, HTTP-90). */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
])

export const isServersOwn = (name: string): boolean => SERVERS_OWN.has(name)

/**
 * The fields in a text that node:http has made: lines of `name: value`, whatever stands before the first
 * and behind the last of them. What is the server's own is left out.
 */
export const readFields = (text: string, from: number): Header[] => {
  const fields: Header[] = []
  let start = from
  for (;;) {
    const end = text.indexOf('\r\n', start)
    if (end <= start) return fields
    const colon = text.indexOf(': ', start)
    const name = text.slice(start, colon).toLowerCase()
    if (!isServersOwn(name)) fields.push([name, text.slice(colon + 2, end)])
    start = end + 2
  }
}

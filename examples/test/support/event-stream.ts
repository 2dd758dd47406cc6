import { onTestFinished } from 'vitest'

/** Asks for a stream of server-sent events, which stays open until the test is over. */
export async function openEventStream(url: string): Promise<Response> {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  return fetch(url, { headers: { accept: 'text/event-stream' }, signal: leaving.signal })
}

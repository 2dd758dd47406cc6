import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve } from '@pagi/server'
import type { Application, Logger, ServerOptions } from '@pagi/server'
import { onTestFinished } from 'vitest'

export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

/** What a server said at level error, one line each. */
export const silent = (lines: string[] = []): Logger => ({
  error: (message: string) => void lines.push(message.split('\n')[0] ?? ''),
  warn: () => {},
  info: () => {},
  debug: () => {},
})

/** Serves an application on a free port until the test is over. */
export const startPagi = async (
  app: Application,
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly errors: readonly string[] }> => {
  const errors: string[] = []
  const server = await serve(app, { port: 0, logger: silent(errors), ...options })
  onTestFinished(async () => {
    server.terminate()
    await server.close().catch(() => {})
  })
  const [address] = server.addresses()
  return { port: address?.port ?? 0, errors }
}

/** Serves a handler on plain node:http until the test is over. */
export const startNode = async (handler: Listener): Promise<{ readonly port: number }> => {
  const server = createServer((req, res) => void handler(req, res))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

// The application of the original PAGI's README (github.com/jjn1056/pagi), in TypeScript word for
// word. It never looks at `scope.type`, so it is called for everything and answers all alike.
import { serve, type Application, type Logger } from '@pagi/server'
import { expect, onTestFinished, test } from 'vitest'
import { openEventStream } from './support/event-stream.ts'
import { Socket } from './support/socket.ts'

const app: Application = async (_scope, _receive, send) => {
  await send({
    type: 'http.response.start',
    status: 200,
    headers: [['content-type', 'text/plain']],
  })
  await send({ type: 'http.response.body', body: 'Hello from PAGI!' })
}

test('it serves HTTP, declines what it does not know, and keeps running', async () => {
  const lines: string[] = []
  const log =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level}: ${message}`)
    }
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  }
  const server = await serve(app, { port: 0, logger })
  onTestFinished(() => server.close())
  const { url } = server

  // lifespan: the server starts, and says so without alarm
  expect(lines).toEqual([expect.stringMatching(/^info: lifespan: not supported/)])

  const hello = async (): Promise<void> => {
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('Hello from PAGI!')
  }
  await hello()

  // what an EventSource asks for
  const response = await openEventStream(url)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain')
  expect(await response.text()).toBe('Hello from PAGI!')
  await hello()

  await expect(Socket.open(url)).rejects.toThrow('Unexpected server response: 500')
  await hello()

  await server.close()
  expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1)
})

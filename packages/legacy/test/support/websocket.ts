import { once } from 'node:events'
import { WebSocket } from 'ws'

/** What came first on a WebSocket: a message, or the refusal of the handshake. */
export const openWebSocket = async (
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
  const refused = new Promise<string>((resolve) => {
    socket.on('unexpected-response', (req, res) => {
      res.resume().on('close', () => req.destroy())
      resolve(`refused with ${res.statusCode}`)
    })
  })
  socket.on('error', () => {}) // of a refusal, which is told above
  const message = once(socket, 'message').then(([data]) => String(data))
  const first = await Promise.race([message.catch(() => refused), refused])
  socket.terminate()
  return first
}

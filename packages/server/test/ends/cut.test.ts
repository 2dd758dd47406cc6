import { once } from 'node:events'
import { createServer } from 'node:net'
import { onTestFinished, test } from 'vitest'
import { cut } from '../../src/node/closing.ts'
import { gate } from '../support/apps.ts'
import { connectTo } from '../support/raw-client.ts'

test('a connection whose FIN is on its way can be cut as well', async () => {
  const closed = gate()
  const server = createServer((socket) => {
    socket.once('close', () => closed.open())
    socket.end()
    cut(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = await connectTo(address.port)
  await client.end()
  await closed.promise
})

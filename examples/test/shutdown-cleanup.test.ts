import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createApp } from '../19-shutdown-cleanup/app.ts'
import { Notebook } from '../19-shutdown-cleanup/notebook.ts'
import { clientOf } from './support/client.ts'
import { openEventStream } from './support/event-stream.ts'
import { serving, Watched } from './support/serve.ts'
import { Socket } from './support/socket.ts'

test('a server that stops ends streams and sessions, lets a request finish, and then closes', async () => {
  const notebook = new Notebook()
  const watched = new Watched(createApp(() => notebook))
  const server = await serving(watched.app)
  await openEventStream(server.url)
  const socket = await Socket.open(server.url)
  socket.send('Hello')
  expect(await socket.next()).toBe('noted 1')
  const upload = request(server.url, { method: 'POST', headers: { 'content-length': '4' } })
  upload.write('ab')
  const answered = new Promise<IncomingMessage>((resolve) => upload.on('response', resolve))
  await watched.call('http')

  const closed = server.close()
  expect(await socket.closed).toMatchObject({ code: 1012 })
  await (
    await watched.call('sse')
  ).settled
  await (
    await watched.call('websocket')
  ).settled
  expect(notebook.lines).toHaveLength(2) // open still: the upload is under way
  upload.end('cd')
  expect(await text(await answered)).toBe('saved 4 bytes\n')
  await closed
  expect(notebook.lines.slice(0, 2).toSorted()).toEqual([
    'session: 1 messages, 1012',
    'stream: server_shutdown',
  ])
  expect(notebook.lines.slice(2)).toEqual(['upload: 4 bytes', 'closed'])
})

test('who leaves earlier is noted with the reason', async () => {
  const notebook = new Notebook()
  const client = clientOf(createApp(() => notebook))
  const stream = await client.sse('/')
  await stream.close()
  const socket = await client.websocket('/')
  await socket.close(3000)
  await socket.leave()
  expect(notebook.lines).toEqual(['stream: client_closed', 'session: 0 messages, 3000'])
  await client.close()
  expect(notebook.lines.at(-1)).toBe('closed')
})

test('an upload that is cut leaves no note', async () => {
  const notebook = new Notebook()
  const client = clientOf(createApp(() => notebook))
  const upload = await client.open('/', { method: 'POST', stream: true })
  await upload.write('ab')
  await upload.leave()
  expect(notebook.lines).toEqual([])
})

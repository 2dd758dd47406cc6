import { setTimeout as delay } from 'node:timers/promises'
import { framework, json, plain } from './framework.ts'

const users = new Map([
  ['1', 'Ada'],
  ['2', 'Grace'],
])

export default framework({
  'GET /': () => plain(200, 'Hello from a framework of fifty lines\n'),

  'GET /greet/:name': ({ param }) => plain(200, `Hello, ${param('name')}!\n`),

  'GET /users/:id': ({ param }) => {
    const name = users.get(param('id'))
    return name === undefined ? json({ error: 'no such user' }, 404) : json({ name })
  },

  'PUT /users/:id': async ({ param, text }) => {
    users.set(param('id'), await text())
    return { status: 204 }
  },

  // Other requests are served in the meantime.
  'GET /slow': async ({ query }) => {
    const milliseconds = Math.min(Number(query.get('ms') ?? '100') || 0, 5000)
    await delay(milliseconds)
    return plain(200, `After ${milliseconds} ms\n`)
  },
})

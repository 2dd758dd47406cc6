import express, { type Express } from 'express'
import { messages } from './messages.ts'

/** As it may have been for years: it knows nothing of PAGI. */
export const board: Express = express()

board.use(express.text({ type: () => true }))

board.get('/', (_req, res) => {
  const lines = messages.all().map((text) => `${text}\n`)
  res.type('text').send(lines.join(''))
})

board.post('/', (req, res) => {
  const text: unknown = req.body
  if (typeof text !== 'string' || text === '') res.status(422).send('Nothing was said\n')
  else res.status(201).send(`That was number ${messages.add(text)}\n`)
})

import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '06-lifespan-state'

test('requests share what was opened at startup', async () => {
  const client = clientOf(await load(EXAMPLE))
  expect((await client.get('/a')).text()).toBe('Visit 1 of /a\n')
  expect((await client.get('/b')).text()).toBe('Visit 1 of /b\n')
  expect((await client.get('/a')).text()).toBe('Visit 2 of /a\n')
})

test('the store is closed when the server stops, and every server has its own', async () => {
  const client = clientOf(await load(EXAMPLE))
  await client.get('/a')
  const { visits } = client.state
  expect(visits).toHaveProperty('isOpen', true)
  await client.close()
  expect(visits).toHaveProperty('isOpen', false)

  const another = clientOf(await load(EXAMPLE))
  expect((await another.get('/a')).text()).toBe('Visit 1 of /a\n')
})

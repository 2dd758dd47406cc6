import { expect, test } from 'vitest'
import { load, serving, Watched } from './support/serve.ts'

test('requests share what was opened at startup', async () => {
  const { url } = await serving(await load('06-lifespan-state'))
  const visit = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text()
  expect(await visit('/a')).toBe('Visit 1 of /a\n')
  expect(await visit('/b')).toBe('Visit 1 of /b\n')
  expect(await visit('/a')).toBe('Visit 2 of /a\n')
})

test('the store is closed when the server stops, and every server has its own', async () => {
  const watched = new Watched(await load('06-lifespan-state'))
  const server = await serving(watched.app)
  const { scope, settled } = await watched.call('lifespan')
  const isOpen = (): unknown => Reflect.get(Object(scope.state?.visits), 'isOpen')
  await fetch(`${server.url}/a`)
  expect(isOpen()).toBe(true)
  await server.close()
  await settled
  expect(isOpen()).toBe(false)

  const another = await serving(await load('06-lifespan-state'))
  expect(await (await fetch(`${another.url}/a`)).text()).toBe('Visit 1 of /a\n')
})

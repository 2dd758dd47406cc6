import { expect, test } from 'vitest'
import { clientOf } from './support/client.ts'
import { load } from './support/serve.ts'

const EXAMPLE = '03-request-body'

test('counts the bytes of a body and gives the text back', async () => {
  const response = await clientOf(await load(EXAMPLE)).post('/', { body: 'Grüße' })
  expect(response.text()).toBe('7 bytes: Grüße\n')
})

test('a body in many pieces is read to its end', async () => {
  const client = clientOf(await load(EXAMPLE))
  const body = 'x'.repeat(1_000_000)
  expect((await client.post('/', { body })).text()).toBe(`1000000 bytes: ${body}\n`)
  expect((await client.post('/', { body: ['a', 'b', 'c'] })).text()).toBe('3 bytes: abc\n')
})

test('no body is no bytes', async () => {
  expect((await clientOf(await load(EXAMPLE)).post('/')).text()).toBe('0 bytes: \n')
})

test('another method is told which one to use', async () => {
  const response = await clientOf(await load(EXAMPLE)).get('/')
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
})

test('a client that leaves in the middle of its body gets no answer, and is no fault', async () => {
  const client = clientOf(await load(EXAMPLE))
  const upload = await client.open('/', {
    method: 'POST',
    headers: { 'content-length': '10' },
    stream: true,
  })
  await upload.write('half')
  await upload.leave()
  expect(upload.connection.responseStarted).toBe(false)
})

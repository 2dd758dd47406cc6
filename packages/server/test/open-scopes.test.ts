import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { OpenScopes } from '../src/node/open-scopes.ts'
import { gate } from './support/apps.ts'

const request = new IncomingMessage(new Socket())

/** `count` scopes, kept, and the gates that end their calls. */
const opened = (count: number) => {
  const scopes = new OpenScopes()
  const ends = Array.from({ length: count }, (_item, began) => {
    const call = gate()
    const done = call.promise
    scopes.add({ run: { shutdown: () => {} }, done, type: 'http', request, began })
    return async () => {
      call.open()
      await done
    }
  })
  const left = () => scopes.all.map(({ began }) => began).toSorted((one, other) => one - other)
  return { scopes, ends, left }
}

test('those are open whose calls have not settled, whatever order they end in', async () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
    [2, 0, 3, 1],
  ]) {
    const { scopes, ends, left } = opened(4)
    const open = new Set([0, 1, 2, 3])
    for (const index of order) {
      await ends[index]?.()
      open.delete(index)
      expect(left()).toEqual([...open])
      expect(scopes.size).toBe(open.size)
    }
  }
})

test('one that is added in the place of another is not taken for it', async () => {
  const { scopes, ends, left } = opened(3)
  await ends[0]?.() // the last one moves to its place
  const call = gate()
  scopes.add({ run: { shutdown: () => {} }, done: call.promise, type: 'sse', request, began: 7 })
  await ends[2]?.()
  expect(left()).toEqual([1, 7])
})

test('what is looked at does not change when scopes end', async () => {
  const { scopes, ends } = opened(2)
  const { all } = scopes
  await ends[0]?.()
  expect(all.length).toBe(2)
})

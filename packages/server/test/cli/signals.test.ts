import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { SAME_WISH, watchSignals } from '../../src/cli/signals.ts'

function watched(): {
  readonly source: EventEmitter
  readonly asked: string[]
  readonly clock: { now: number }
  readonly unwatch: () => void
} {
  const source = new EventEmitter()
  const asked: string[] = []
  const clock = { now: 1000 }
  const unwatch = watchSignals(source, () => clock.now, {
    stop: (signal) => asked.push(`stop ${signal}`),
    force: (signal) => asked.push(`force ${signal}`),
  })
  return { source, asked, clock, unwatch }
}

test('two SIGINTs in the same millisecond are one wish to stop', () => {
  const { source, asked } = watched()
  source.emit('SIGINT', 'SIGINT')
  source.emit('SIGINT', 'SIGINT')
  expect(asked).toEqual(['stop SIGINT'])
})

test('a signal within half a second of the first is the same wish, a later one forces', () => {
  const { source, asked, clock } = watched()
  source.emit('SIGTERM', 'SIGTERM')
  clock.now += SAME_WISH
  source.emit('SIGINT', 'SIGINT')
  expect(asked).toEqual(['stop SIGTERM'])
  clock.now += 1
  source.emit('SIGINT', 'SIGINT')
  expect(asked).toEqual(['stop SIGTERM', 'force SIGINT'])
})

test('nothing is listened to any more afterwards, and SIGHUP never', () => {
  const { source, unwatch } = watched()
  expect(source.eventNames()).toEqual(expect.arrayContaining(['SIGINT', 'SIGTERM']))
  expect(source.listenerCount('SIGHUP')).toBe(0)
  unwatch()
  expect(source.eventNames()).toEqual([])
})

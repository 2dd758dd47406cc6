import { expect, test } from 'vitest'
import type { Case } from '../src/case.ts'
import { Schedule } from '../src/schedule.ts'

/** Cases from words: `.` has the common settings, `own` a process for itself, others name settings. */
function queueOf(words: string): readonly Case[] {
  return words.split(' ').map((word, index) => ({
    id: `suite/${index}`,
    title: word,
    requirements: [],
    level: 'must',
    group: 'core',
    needs: [],
    timeout: 1,
    steps: [],
    ...(word === 'own' && { server: {} }),
    ...(/^[a-z]$/.test(word) && { server: { options: { [word]: 1 }, shared: true } }),
  }))
}

/** The units that lanes take one after the other, each from its own side. */
function taken(words: string, lanes: readonly number[]): readonly string[] {
  const queue = queueOf(words)
  const schedule = new Schedule(queue, 2)
  return lanes.map((lane) =>
    schedule
      .take(lane)
      .map((index) => `${queue[index]?.title}${index}`)
      .join(),
  )
}

const WORDS = '. a own . b a . own a . . . . . . . . . . . . . . .'

test('the first lane begins with the common cases, others with what needs a process of its own', () => {
  expect(taken(WORDS, [0, 1, 0, 1, 1, 1, 1, 0])).toEqual([
    '.0',
    'a1,a5,a8',
    '.3',
    'own2',
    'b4',
    'own7',
    '.6',
    '.9',
  ])
})

test('lanes begin at different ends of what needs a process of its own', () => {
  expect(taken(WORDS, [1, 2, 1, 2, 1])).toEqual(['a1,a5,a8', 'own7', 'own2', 'b4', '.0'])
})

test('every case is taken once, by whichever lane is free', () => {
  const { length } = WORDS.split(' ')
  for (const lanes of [[0], [1], [0, 1], [1, 1, 0]]) {
    const all = taken(
      WORDS,
      Array.from({ length: length + 1 }, (_item, index) => lanes[index % lanes.length] ?? 0),
    )
    expect(all.at(-1)).toBe('')
    const positions = all.flatMap((unit) => unit.match(/\d+/g) ?? []).map(Number)
    expect(positions.toSorted((a, b) => a - b)).toEqual([...Array(length).keys()])
  }
})

test('settings that many cases have are worth a process in every lane', () => {
  expect(taken('a a a a own', [1, 1, 1])).toEqual(['own4', 'a0', 'a1'])
})

test('a process is of no more use where its cases are done, unless any lane may have it', () => {
  const queue = queueOf(WORDS)
  const schedule = new Schedule(queue, 2)
  const last = queue.filter((one) => schedule.isLast(one)).map(({ title }) => title)
  expect(last.join('')).toBe('abaa')
})

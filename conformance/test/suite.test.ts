import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json, Step } from '../src/case.ts'
import { readSuite, Requirements } from '../src/index.ts'
import { isObject } from '../src/values.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pagi-suite-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('each of a case may name lists, which are multiplied', () => {
  const content = {
    about: 'lists',
    lists: {
      scopes: [
        { case: 'http', path: '/a' },
        { case: 'sse', path: '/b' },
      ],
      causes: [
        { case: 'fin', step: 'end' },
        { case: 'reset', step: 'reset' },
      ],
    },
    cases: [
      {
        id: 'lists/a',
        title: '{{path}} {{step}}',
        requirements: ['CONN-05'],
        each: ['scopes', 'causes'],
        steps: [{ client: 'request', method: '{{step}}' }],
      },
    ],
  }
  writeFileSync(join(folder, 'lists.json'), JSON.stringify(content))
  const { cases } = readSuite(new Requirements(), folder)
  expect(cases.map(({ id, title, steps }) => [id, title, steps])).toEqual([
    ['lists/a[http,fin]', '/a end', [{ client: 'request', method: 'end' }]],
    ['lists/a[http,reset]', '/a reset', [{ client: 'request', method: 'reset' }]],
    ['lists/a[sse,fin]', '/b end', [{ client: 'request', method: 'end' }]],
    ['lists/a[sse,reset]', '/b reset', [{ client: 'request', method: 'reset' }]],
  ])
  const unknown = { ...content, lists: { scopes: content.lists.scopes } }
  writeFileSync(join(folder, 'lists.json'), JSON.stringify(unknown))
  expect(() => readSuite(new Requirements(), folder)).toThrow('no list causes')
  const spaced = { ...content, lists: { ...content.lists, causes: [{ case: 'a b', step: 'end' }] } }
  writeFileSync(join(folder, 'lists.json'), JSON.stringify(spaced))
  expect(() => readSuite(new Requirements(), folder)).toThrow('an id has no space in it')
})

test('each of a step repeats its steps, and names keep the connections of a fragment apart', () => {
  const content = {
    about: 'steps',
    fragments: {
      begin: [
        { client: 'request', path: '/{{n}}' },
        { app: 'scope' },
        { app: 'scope', as: 'own' },
        { client: 'head', on: 'other' },
      ],
    },
    cases: [
      {
        id: 'steps/a',
        title: 'steps',
        requirements: ['CONN-05'],
        each: [{ case: 'x', states: [{ n: '1' }, { n: '2' }] }],
        steps: [
          { each: '{{states}}', steps: [{ use: 'begin', named: 'on {{n}}' }] },
          { each: [{ n: '3' }], steps: [{ if: { case: 'x' }, app: 'return', in: 'on {{n}}' }] },
          { if: { case: 'y' }, each: '{{states}}', steps: [{ app: 'return' }] },
        ],
      },
    ],
  }
  writeFileSync(join(folder, 'steps.json'), JSON.stringify(content))
  const [one] = readSuite(new Requirements(), folder).cases
  const begun = (n: string): readonly unknown[] => [
    { client: 'request', path: `/${n}`, on: `on ${n}` },
    { app: 'scope', as: `on ${n}` },
    { app: 'scope', as: 'own' },
    { client: 'head', on: 'other' },
  ]
  expect(one?.steps).toEqual([...begun('1'), ...begun('2'), { app: 'return', in: 'on 3' }])
  const [first] = content.cases
  const wrong = { ...content, cases: [{ ...first, each: [{ case: 'x', states: 'none' }] }] }
  writeFileSync(join(folder, 'steps.json'), JSON.stringify(wrong))
  const [faulty] = readSuite(new Requirements(), folder).cases
  expect(() => faulty?.steps).toThrow('each of a step is no list')
})

// HTTP-33: a server may hold the head back until there is a body event.
test('no case waits for the head of a response whose body has not begun', () => {
  const { cases } = readSuite(new Requirements())
  expect(cases.filter(({ steps }) => readsEarly(steps)).map(({ id }) => id)).toEqual([])
})

function readsEarly(steps: readonly Step[]): boolean {
  let held = false
  const take = (step: { readonly app?: Json; readonly event?: Json; readonly rejects?: Json }) => {
    if (step.app === 'return' || step.app === 'throw') held = false
    if (step.app !== 'send' || step.rejects !== undefined) return
    const type = isObject(step.event) ? step.event['type'] : undefined
    if (type === 'http.response.start') held = true
    else if (type === 'http.response.body' || type === 'http.fullflush') held = false
  }
  return steps.some((step) => {
    if ('client' in step) return held && ['head', 'response', 'reads'].includes(step.client)
    if ('app' in step) [step, ...(step.do ?? [])].forEach(take)
    return false
  })
}

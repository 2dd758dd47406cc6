import { expect, test } from 'vitest'
import { encodeUtf8 } from '../src/text.ts'

const reference = new TextEncoder()

test.each([
  ['nothing', ''],
  ['ASCII', 'hello'],
  ['two, three and four bytes a character', 'é€😀'],
  ['half a pair', 'a\uD83Db'],
  ['as much as shares memory', 'x'.repeat(682)],
  ['the first that does not', 'x'.repeat(683)],
  ['three bytes for each of many characters', '€'.repeat(5000)],
])('%s is what TextEncoder makes of it', (_what, text) => {
  expect(Array.from(encodeUtf8(text))).toEqual(Array.from(reference.encode(text)))
})

test('texts that share memory do not touch one another, over more than one allocation', () => {
  const texts = Array.from(
    { length: 400 },
    (_item, index) => `${index}: ${'é'.repeat(index % 300)}`,
  )
  const encoded = texts.map(encodeUtf8)
  expect(new Set(encoded.map(({ buffer }) => buffer)).size).toBeGreaterThan(1)
  expect(new Set(encoded.map(({ buffer }) => buffer)).size).toBeLessThan(texts.length)
  const decoder = new TextDecoder()
  expect(encoded.map((bytes) => decoder.decode(bytes))).toEqual(texts)
})

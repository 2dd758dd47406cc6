import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { canned, httpDate } from '../../src/http/canned.ts'
import { reasonPhrase } from '../../src/http/reason.ts'

test.each([400, 405, 408, 413, 414, 426, 431, 500, 501, 503, 505])(
  '%i has a short text/plain body that names it (HTTP-92)',
  (status) => {
    const { headers, body } = canned(status)
    expect(headers).toContainEqual(['content-type', 'text/plain; charset=utf-8'])
    expect(body).toMatch(new RegExp(`^${status} [A-Z][A-Za-z ]+\n$`))
  },
)

test('the headers a status calls for come with it', () => {
  expect(canned(503).headers).toContainEqual(['retry-after', '5']) // HTTP-94
  expect(canned(426).headers).toContainEqual(['sec-websocket-version', '13'])
  expect(canned(426).headers).toContainEqual(['upgrade', 'websocket'])
  expect(canned(405).headers).toContainEqual(['allow', 'GET'])
})

test('a date is an IMF-fixdate of the second it is asked for', () => {
  expect(httpDate(784_111_777_999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
  expect(httpDate(784_111_778_000)).toBe('Sun, 06 Nov 1994 08:49:38 GMT')
  expect(httpDate(784_111_777_000)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
})

test('a date keeps the form over any moment of a thousand years', () => {
  assert(
    property(integer({ min: 0, max: 32_503_680_000_000 }), (now) => {
      const date = httpDate(now)
      expect(date).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/)
      expect(Date.parse(date)).toBe(now - (now % 1000))
    }),
  )
})

test('every status has a phrase that a status line can carry', () => {
  for (let status = 100; status <= 999; status++)
    expect(reasonPhrase(status)).toMatch(/^[A-Za-z -]+$/)
  expect([100, 200, 422, 431, 511].map(reasonPhrase)).toEqual([
    'Continue',
    'OK',
    'Unprocessable Content',
    'Request Header Fields Too Large',
    'Network Authentication Required',
  ])
  expect([299, 418, 600].map(reasonPhrase)).toEqual(['Unknown', 'Unknown', 'Unknown'])
})

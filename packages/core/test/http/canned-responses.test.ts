import { expect, test } from 'vitest'
import { canned, httpDate } from '../../src/http/canned.ts'

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

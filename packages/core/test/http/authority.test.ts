import { describe, expect, test } from 'vitest'
import { isAuthority, sameAuthority } from '../../src/http/authority.ts'

describe('an authority is', () => {
  test.each([
    'h',
    'example.com',
    'EXAMPLE.com.',
    'a_b-c.d',
    '127.0.0.1',
    'h:80',
    'h:',
    'h:00080',
    'h:99999',
    '[::1]',
    '[::1]:8080',
    '[::1]:',
    '[2001:db8::A]',
    '[::ffff:127.0.0.1]',
    '[v1.fe:d]',
    '%C3%A9.example',
    "!$&'()*+,;=~",
  ])('%s', (text) => {
    expect(isAuthority(text)).toBe(true)
  })
})

describe('no authority is', () => {
  test.each([
    '',
    ':80',
    ' h',
    'h ',
    'h h',
    'h, h2',
    'u@h',
    'u:p@h',
    'h:80:80',
    'h:8a',
    'h:-1',
    'h/',
    'h?',
    'h#',
    'h\\',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[:::]',
    '[1::2::3]',
    '[12345::]',
    '[::1]x',
    '[::1%25eth0]',
    '[v.x]',
    '[127.0.0.1]',
    '%zz',
    '%4',
    'h\u00e9',
    'h\0',
    'h\n',
    'http://h',
  ])('%j', (text) => {
    expect(isAuthority(text)).toBe(false)
  })
})

describe('authorities of one origin', () => {
  test.each([
    ['http', 'h', 'H', true],
    ['http', 'h', 'h:80', true],
    ['http', 'h:', 'h:80', true],
    ['http', 'h', 'h:443', false],
    ['https', 'h', 'h:443', true],
    ['https', 'h', 'h:80', false],
    ['http', 'h:8080', 'H:8080', true],
    ['http', 'h:8080', 'h:8081', false],
    ['http', '[::1]', '[::1]:80', true],
    ['http', '[::1]', '[::2]', false],
    ['http', 'h', 'h2', false],
    ['http', 'h', '', false],
  ] as const)('%s: %s and %s: %s', (scheme, one, two, same) => {
    expect(sameAuthority(scheme, one, two)).toBe(same)
    expect(sameAuthority(scheme, two, one)).toBe(same)
  })
})

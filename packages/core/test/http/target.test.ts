import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeRootPath, parseTarget } from '../../src/http/target.ts'

const accepted = (target: string, rootPath = '', method = 'GET') => {
  const result = parseTarget(target, method, rootPath)
  if (!result.ok) throw new Error(`refused: ${result.detail}`)
  return result
}
const refusal = (target: string, method = 'GET') => {
  const result = parseTarget(target, method, '')
  return result.ok ? result : result.status
}

describe('T-PATH at the server', () => {
  test.each([
    ['/api/a%2Fb?x=1', '', '/api/a/b', '/api/a%2Fb'],
    ['/api', '', '/api', '/api'],
    ['/apix', '', '/apix', '/apix'],
    ['/users', '/svc', '/users', '/svc/users'],
    ['/svc/users', '/svc', '/svc/users', '/svc/svc/users'],
    ['//host/x', '', '//host/x', '//host/x'],
    ['/%FF', '', '/\u00ff', '/%FF'],
    ['/a%zz', '', '/a%zz', '/a%zz'],
    ['http://h/p?q', '', '/p', '/p'],
  ])('%s with root path "%s"', (target, rootPath, path, rawPath) => {
    expect(accepted(target, rootPath)).toMatchObject({ path, rawPath, rootPath })
  })

  test.each(['', '/svc'])('OPTIONS * is delivered as * below root path "%s"', (rootPath) => {
    expect(accepted('*', rootPath, 'OPTIONS')).toEqual({
      ok: true,
      path: '*',
      rawPath: '*',
      queryString: '',
      rootPath,
    })
  })
})

describe('the path is decoded once, and nothing else is done to it', () => {
  test.each([
    ['dot segments are kept', '/a/../b/./c', '/a/../b/./c'],
    ['escaped dot segments are decoded and kept', '/%2e%2E/x', '/../x'],
    ['doubled slashes are kept', '//a///b', '//a///b'],
    ['+ is not a blank', '/a+b%2Bc', '/a+b+c'],
    ['an escaped percent sign is not decoded again', '/%2541', '/%41'],
    ['an escaped question mark belongs to the path', '/a%3Fb', '/a?b'],
    ['an escaped NUL is a NUL', '/a%00b', '/a\0b'],
    ['escapes may be in either case', '/%c3%A9', '/é'],
    ['text beyond the basic plane', '/%F0%9F%98%80', '/😀'],
    ['raw UTF-8 bytes', '/\u00c3\u00a9', '/é'],
    ['raw and escaped bytes of one character', '/\u00c3%A9', '/é'],
    ['the noncharacters U+FFFE and U+FFFF', '/%EF%BF%BE%EF%BF%BF', '/\ufffe\uffff'],
    ['a byte order mark in front of the text', '/%EF%BB%BFa', '/\ufeffa'],
    ['an escape cut off after the percent sign', '/a%', '/a%'],
    ['an escape cut off after one digit', '/a%4', '/a%4'],
    ['an escape cut off by the query', '/a%4?1', '/a%4'],
    ['a malformed escape beside a good one', '/%zz%41%4', '/%zzA%4'],
    ['a percent sign in front of an escape', '/%%41', '/%A'],
  ])('%s: %s', (_, target, path) => {
    expect(accepted(target).path).toBe(path)
  })

  test.each([
    ['a lone continuation byte', '/%80', '/\u0080'],
    ['an overlong slash', '/%C0%AF', '/\u00c0\u00af'],
    ['an overlong three byte form', '/%E0%80%AF', '/\u00e0\u0080\u00af'],
    ['a surrogate half', '/%ED%A0%80', '/\u00ed\u00a0\u0080'],
    ['a truncated sequence', '/%E2%82', '/\u00e2\u0082'],
    ['a code point above U+10FFFF', '/%F4%90%80%80', '/\u00f4\u0090\u0080\u0080'],
    [
      'good UTF-8 beside a bad byte: the whole path is bytes',
      '/%C3%A9/%FF',
      '/\u00c3\u00a9/\u00ff',
    ],
    ['a byte order mark beside a bad byte', '/%EF%BB%BF%FF', '/\u00ef\u00bb\u00bf\u00ff'],
  ])('not UTF-8, so the bytes (HTTP-18): %s', (_, target, path) => {
    expect(accepted(target)).toMatchObject({ path, rawPath: target })
  })
})

describe('the query string', () => {
  test.each([
    ['/p', ''],
    ['/p?', ''],
    ['/p?x=1', 'x=1'],
    ['/p?x=%41+b', 'x=%41+b'],
    ['/p?a?b/c', 'a?b/c'],
    ['/p?\u00ff%zz', '\u00ff%zz'],
    ['/%41?x', 'x'],
    ['http://h?x=1', 'x=1'],
  ])(
    'of %s is what follows the first question mark, undecoded (HTTP-09)',
    (target, queryString) => {
      expect(accepted(target).queryString).toBe(queryString)
    },
  )
})

describe('absolute-form targets', () => {
  test.each([
    ['http://h/p?q', 'http', 'h', '/p'],
    ['HTTPS://H:8443/p', 'https', 'H:8443', '/p'],
    ['http://h', 'http', 'h', '/'],
    ['http://h?q', 'http', 'h', '/'],
    ['http://[::1]:80/a%20b', 'http', '[::1]:80', '/a b'],
    ['http://h//x', 'http', 'h', '//x'],
    ['http://u@h/', 'http', 'u@h', '/'],
  ])('%s', (target, scheme, authority, path) => {
    expect(accepted(target)).toMatchObject({ scheme, authority, path })
  })

  test('the root path goes in front of the path of an absolute-form target', () => {
    expect(accepted('http://h', '/svc')).toMatchObject({ path: '/', rawPath: '/svc/' })
  })

  test('an origin-form target has neither scheme nor authority', () => {
    expect(accepted('/p?q')).toEqual({
      ok: true,
      path: '/p',
      rawPath: '/p',
      queryString: 'q',
      rootPath: '',
    })
  })
})

describe('what is not a path is answered 400 (HTTP-25)', () => {
  test.each([
    '',
    'p',
    '?q',
    '*x',
    '**',
    'h:80',
    'http:',
    'http:/p',
    'http:p',
    'http://',
    'http:///p',
    'http://?q',
    'ftp://h/p',
    'ws://h/p',
    'xhttp://h/p',
    '/a#b',
    '/a?b#c',
    'http://h/#b',
    '/a b',
    '/a\tb',
    '/a\r\nb',
    '/a\0b',
    '/a\x7fb',
    '/a?b c',
    ' /a',
    '/a\n',
    '/a\u0100',
  ])('%j', (target) => {
    expect(refusal(target)).toBe(400)
    expect(refusal(target, 'OPTIONS')).toBe(400)
  })

  test.each(['GET', 'HEAD', 'POST', 'options'])('* with %s', (method) => {
    expect(refusal('*', method)).toBe(400)
  })

  test.each(['h:443', '/p', '*', 'http://h/p'])('CONNECT %s is answered 501', (target) => {
    expect(refusal(target, 'CONNECT')).toBe(501)
  })
})

describe('the root path', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['/svc', '/svc'],
    ['/svc/', '/svc'],
    ['/a//b', '/a//b'],
    ['/%41', '/%41'],
    ['/größe', '/größe'],
  ])('"%s" is normalised to "%s" (HTTP-20)', (value, expected) => {
    expect(normalizeRootPath(value)).toBe(expected)
    expect(normalizeRootPath(expected)).toBe(expected)
  })

  test.each(['svc', 'svc/', '//', '/svc//', '/\ud800', ' /svc'])('%j is refused', (value) => {
    expect(() => normalizeRootPath(value)).toThrow(RangeError)
    expect(() => normalizeRootPath(value)).toThrow(JSON.stringify(value))
  })

  test.each([
    ['/größe', '/gr%C3%B6%C3%9Fe/x'],
    ['/a b', '/a%20b/x'],
    ['/a%b', '/a%25b/x'],
    ['/a?b#c', '/a%3Fb%23c/x'],
    ["/a:@!$&'()*+,;=~", "/a:@!$&'()*+,;=~/x"],
    ['/svc', '/svc/x'],
  ])('"%s" stands percent-encoded in front of raw_path', (rootPath, rawPath) => {
    expect(accepted('/x', rootPath).rawPath).toBe(rawPath)
    expect(accepted('/x?', rootPath).rawPath).toBe(rawPath)
  })
})

describe('for any bytes', () => {
  const byteString = fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

  test('a path of any text comes back from its percent-encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(accepted(`/${encodeURIComponent(text)}`).path).toBe(`/${text}`)
      }),
    )
  })

  test('escaping every byte of a path changes nothing but raw_path', () => {
    const escape = (bytes: string) =>
      bytes.replace(/[^]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    fc.assert(
      fc.property(byteString, (bytes) => {
        const { path } = accepted(`/${escape(bytes)}`)
        expect(path).toBe(utf8Of(`/${bytes}`) ?? `/${bytes}`)
      }),
    )
  })

  test('the parts of a target make up the target, or it is refused', () => {
    fc.assert(
      fc.property(byteString, (bytes) => {
        const target = `/${bytes}`
        const result = parseTarget(target, 'GET', '')
        if (!result.ok) {
          expect(target).toMatch(/[\0-\x20\x7f#]/)
          return
        }
        expect(target).not.toMatch(/[\0-\x20\x7f#]/)
        const query = target.includes('?') ? `?${result.queryString}` : ''
        expect(result.rawPath + query).toBe(target)
        expect(result.path.startsWith('/')).toBe(true)
      }),
    )
  })
})

/** The text these bytes are in UTF-8, `undefined` when they are none. */
function utf8Of(bytes: string): string | undefined {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return decoder.decode(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)))
  } catch {
    return undefined
  }
}

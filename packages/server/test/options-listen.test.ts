import { describe, expect, test } from 'vitest'
import { parseListenAddress, showListenAddress } from '../src/options/listen-address.ts'
import { OptionError, resolveOptions } from '../src/options.ts'
import type { ServerOptions } from '../src/options.ts'

describe('an address in words', () => {
  test.each([
    ['127.0.0.1:5000', { kind: 'tcp', host: '127.0.0.1', port: 5000 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['[::1]:65535', { kind: 'tcp', host: '::1', port: 65_535 }],
    ['[fe80::1%eth0]:80', { kind: 'tcp', host: 'fe80::1%eth0', port: 80 }],
    [':80', { kind: 'tcp', host: '::', port: 80 }],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
    ['unix:app.sock', { kind: 'unix', path: 'app.sock' }],
    ['/run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
    ['./app.sock', { kind: 'unix', path: './app.sock' }],
    [String.raw`\\.\pipe\app`, { kind: 'unix', path: String.raw`\\.\pipe\app` }],
    ['fd:3', { kind: 'fd', fd: 3 }],
    ['systemd', { kind: 'systemd', name: undefined }],
    ['systemd:web.socket', { kind: 'systemd', name: 'web.socket' }],
  ] as const)('%s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address)
    expect(parseListenAddress(showListenAddress(address))).toEqual(address)
  })

  test.each([
    '',
    '5000',
    'host',
    'host:',
    'host:65536',
    'host:-1',
    'host:80/',
    '::1:80',
    '[::1]',
    '[::1:80',
    'http://host:80',
    'unix:',
    'unix:/a\0b',
    'fd:',
    'fd:x',
    'fd:-1',
    'systemd:',
    'systemd:a b',
    'a b:80',
  ])('%j is none', (text) => {
    expect(parseListenAddress(text)).toBeUndefined()
  })
})

describe('where to listen', () => {
  const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port })

  test.each([
    [{}, [tcp('127.0.0.1', 5000)]],
    [{ port: 0, host: '::' }, [tcp('::', 0)]],
    [{ socket: '/run/a.sock' }, [{ kind: 'unix', path: '/run/a.sock' }]],
    [{ socket: '', listen: [] }, [tcp('127.0.0.1', 5000)]],
    [{ listen: 'a:1,b:2' }, [tcp('a', 1), tcp('b', 2)]],
    [{ listen: ['a:1', 'fd:3'] }, [tcp('a', 1), { kind: 'fd', fd: 3 }]],
  ])('%j', (options, listen) => {
    expect(resolveOptions(options).listen).toEqual(listen)
  })

  test.each([
    [{ listen: ':1', port: 2 }, /^listen says where to listen, and so does port: .* by listen$/],
    [{ listen: ':1', socket: '/a' }, /^listen says .* so does socket/],
    [{ socket: '/a', host: 'b' }, /^socket says .* so does host: give every address by listen$/],
    [
      { listen: ['a:1', 'b'] },
      /^listen must be an address such as .*, got an array of 2: \["a:1", "b"\]$/,
    ],
    [{ listen: ',' }, /^listen must be /],
    [{ socketMode: 'rw' }, /^socketMode must be permissions .* such as 0660, got "rw"$/],
    [{ socketMode: 0o1777 }, /^socketMode must be /],
    [{ socket: 'a\0b' }, /^socket must be /],
  ] satisfies [ServerOptions, RegExp][])('%j is refused', (options, message) => {
    expect(() => resolveOptions(options)).toThrow(OptionError)
    expect(() => resolveOptions(options)).toThrow(message)
  })

  test('permissions are octal digits, or a number', () => {
    expect(resolveOptions({ socketMode: '600' }).socketMode).toBe(0o600)
    expect(resolveOptions({ socketMode: 0o666 }).socketMode).toBe(0o666)
  })
})

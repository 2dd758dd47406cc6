import type { RequestRecord } from '../../src/index.ts'

/** A record of an ordinary request, but for these differences. */
export const recordOf = (over: Partial<RequestRecord> = {}): RequestRecord => ({
  type: 'http',
  time: Date.UTC(2026, 10, 29, 0, 10, 30, 250),
  client: ['192.0.2.7', 50_123],
  server: ['198.51.100.1', 8080],
  scheme: 'http',
  method: 'GET',
  target: '/a/b?c=d',
  httpVersion: '1.1',
  headers: [
    ['host', 'shop.example'],
    ['user-agent', 'curl/8.5.0'],
    ['referer', 'https://shop.example/'],
    ['authorization', `Basic ${Buffer.from('ada:secret').toString('base64')}`],
  ],
  responseHeaders: [
    ['Content-Type', 'text/html'],
    ['vary', 'accept'],
    ['vary', 'cookie'],
  ],
  status: 200,
  bytes: 5120,
  duration: 1234.5678,
  reason: undefined,
  detail: undefined,
  closeCode: undefined,
  ...over,
})

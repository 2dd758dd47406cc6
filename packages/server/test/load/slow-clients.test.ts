// Clients that say as little as they may, all at once: everybody else is served as if there were none.
import { expect, test } from 'vitest'
import { FULL, LoadServer, figure } from './load-server.ts'

const EACH = FULL ? 500 : 40
const PROBES = FULL ? 100 : 20
const SLOWEST = 1000

test(`${EACH} slow heads, bodies and readers each, while others are served`, async () => {
  const server = await LoadServer.start('--min-body-rate', '0')
  const drips: (() => void)[] = []
  for (let count = 0; count < EACH; count += 1) {
    const [head, body, reader] = await Promise.all([
      server.connect(),
      server.connect(),
      server.connect(),
    ])
    head.write('GET / HTTP/1.1\r\nhost: a\r\nx-slow: ')
    body.write('POST /upload HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n')
    reader.pause()
    reader.write('GET /pour HTTP/1.1\r\nhost: a\r\n\r\n')
    drips.push(() => {
      head.write('x')
      body.write('x')
      reader.read(1)
    })
  }
  let at = 0
  let slowest = 0
  for (let probe = 0; probe < PROBES; probe += 1) {
    // A fifth of them says something more between two probes.
    for (let count = 0; count < drips.length / 5; count += 1) {
      drips[at % drips.length]?.()
      at += 1
    }
    if (FULL) await new Promise((resolve) => setTimeout(resolve, 200))
    const began = performance.now()
    expect(await server.ask('/')).toBe('ok')
    slowest = Math.max(slowest, performance.now() - began)
  }
  const { open } = await server.report()
  figure(`slowest of ${PROBES} answers beside ${3 * EACH} slow clients, in ms`, slowest.toFixed(0))
  // The small version only shows that all are served: a busy machine is no failure.
  if (FULL) expect(slowest).toBeLessThan(SLOWEST)
  expect(open).toBe(2 * EACH + 1) // a head that is not complete is no scope yet
})

import { LifespanError, LoadError } from '@pagi/spec'
import { expect, test } from 'vitest'
import { signalCode, startupFailure } from '../../src/cli/failure.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { OptionError } from '../../src/options.ts'

const addresses = [{ kind: 'tcp', host: '127.0.0.1', port: 5000 }] as const

function bindError(code: string): Error {
  return Object.assign(new Error(`listen ${code}`), { code, syscall: 'listen' })
}

test.each([
  [2, new UsageError('unknown option --prot'), /^unknown option --prot$/],
  [2, new OptionError('--port', '--port must be'), /^--port must be$/],
  [
    3,
    new LoadError('discovery', 'no app.ts'),
    /^cannot load the application \(discovery\): no app.ts$/,
  ],
  [3, new LifespanError('ERR_PAGI_STARTUP_FAILED', 'no database'), /did not start: no database$/],
  [3, new LifespanError('ERR_PAGI_STARTUP_FAILED', ''), /did not start: it gave no reason$/],
  [4, bindError('EADDRINUSE'), /127\.0\.0\.1 port 5000: the port is in use\. .*--port 0/],
  [4, bindError('EADDRNOTAVAIL'), /no such address\. See --host/],
  [4, bindError('EACCES'), /permission denied\. Take another port/],
  [4, bindError('ENOTFOUND'), /the name 127\.0\.0\.1 has no address/],
  [4, bindError('EWHATEVER'), /: listen EWHATEVER$/],
  [1, new TypeError('a fault of ours'), /^TypeError: a fault of ours/],
])('exit code %i: %s', (code, error, text) => {
  const failure = startupFailure(error, addresses)
  expect(failure.code).toBe(code)
  expect(failure.text).toMatch(text)
})

test('a port that needs privileges is explained', () => {
  const { text } = startupFailure(bindError('EACCES'), [
    { kind: 'tcp', host: '127.0.0.1', port: 80 },
  ])
  expect(text).toContain('ports below 1024 are for privileged users')
})

test('a cause follows with its stack, without the frames of the runtime and of the command', () => {
  const cause = new Error('no routes')
  const own = new URL('../../src/cli/load.ts', import.meta.url).href
  cause.stack = [
    'Error: no routes',
    '    at createApp (/site/app.ts:3:9)',
    `    at load (${own}:1:1)`,
    '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  ].join('\n')
  const error = new LoadError('construction', 'createApp of app.ts failed', { cause })
  expect(startupFailure(error, addresses).text).toBe(
    'cannot load the application (construction): createApp of app.ts failed\n' +
      'Error: no routes\n    at createApp (/site/app.ts:3:9)',
  )
})

test('what an error carries is shown, also where the last frame is left out', () => {
  const cause = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })
  cause.stack = 'Error: no such host\n    at lookup (node:dns:1:1)'
  const error = new LoadError('construction', 'createApp of app.ts failed', { cause })
  expect(startupFailure(error, addresses).text).toMatch(
    /failed\nError: no such host \{\n {2}code: 'ENOTFOUND'\n\}$/,
  )
})

test('signals have the exit codes shells give them', () => {
  expect([signalCode('SIGINT'), signalCode('SIGTERM')]).toEqual([130, 143])
})

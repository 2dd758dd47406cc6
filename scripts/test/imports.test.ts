import { describe, expect, test } from 'vitest'
import { importFaults } from '../guards/imports.mjs'
import { workspace } from '../setup/workspace.mjs'

const packages = workspace()
const faults = (path: string, text: string) => importFaults({ path, text }, packages)

const CORE = 'packages/core/src'
const SERVER = 'packages/server/src'
const LEGACY = 'packages/legacy/src'
const TESTING = 'packages/testing/src'

/** A rule, a file that breaks it, and a piece of what is said about that. */
const REFUSED: readonly (readonly [rule: string, path: string, text: string, said: string])[] = [
  ['spec imports no package', 'packages/spec/src/a.ts', `import '@pagi/core'`, 'no other package'],
  ['spec has no dependency', 'packages/spec/src/a.ts', `import x from 'x'`, 'dependencies'],
  ['spec knows no Node', 'packages/spec/src/a.ts', `import 'node:events'`, 'any runtime'],
  ['core does not import upward', `${CORE}/a.ts`, `import '@pagi/server'`, 'may import @pagi/spec'],
  ['core has no dependency', `${CORE}/a.ts`, `import x from 'x'`, 'dependencies'],
  ['core knows no Node', `${CORE}/a.ts`, `import 'node:events'`, 'any runtime'],
  ['core knows no Node, unprefixed', `${CORE}/a.ts`, `import 'events'`, 'any runtime'],
  ['core knows no Node types', `${CORE}/a.ts`, `/// <reference types="node" />`, 'dependencies'],
  ['core imports no unknown module', `${CORE}/a.ts`, `await import(name)`, 'at run time'],
  ['server imports what it depends on', `${SERVER}/a.ts`, `import 'undici'`, 'dependencies'],
  ['legacy knows no server', `${LEGACY}/a.ts`, `import '@pagi/server'`, 'may import @pagi/spec'],
  ['legacy knows no machine', `${LEGACY}/a.ts`, `import '@pagi/core'`, 'may import @pagi/spec'],
  [
    'nor the client of its tests',
    `${LEGACY}/a.ts`,
    `import '@pagi/testing'`,
    'may import @pagi/spec',
  ],
  ['testing knows no server', `${TESTING}/a.ts`, `import '@pagi/server'`, 'may import @pagi/core'],
  ['testing knows no Node', `${TESTING}/a.ts`, `import 'node:fs'`, 'any runtime'],
  ['legacy has no framework', `${LEGACY}/a.ts`, `import 'express'`, 'dependencies'],
  ['internals: a path', `${SERVER}/a.ts`, `import '@pagi/core/dist/index.js'`, 'internals'],
  ['internals: a source', `${SERVER}/a.ts`, `import '@pagi/core/src/check.ts'`, 'internals'],
  ['internals: an example', 'examples/a/app.ts', `import '@pagi/server/dist/x.js'`, 'internals'],
  ['internals: a test', 'packages/server/test/a.test.ts', `import '@pagi/core/x'`, 'internals'],
  [
    'another package by path',
    `${SERVER}/a.ts`,
    `import '../../core/src/check.ts'`,
    'another package',
  ],
  [
    'another package, from a test',
    'packages/core/test/a.test.ts',
    `import '../../spec/src/http.ts'`,
    'another package',
  ],
  [
    'an example, from another one',
    'examples/01-hello-http/app.ts',
    `import '../02-streaming-response/app.ts'`,
    'another package',
  ],
  [
    'another package, from a script',
    'scripts/a.mjs',
    `import '../packages/core/src/check.ts'`,
    'another package',
  ],
  [
    'a path out of the repository',
    `${SERVER}/a.ts`,
    `import '../../../../x.ts'`,
    'out of the repository',
  ],
  ['what is published lies in src', `${SERVER}/a.ts`, `import '../test/x.ts'`, 'src/'],
  ['a package by its own name', `${CORE}/a.ts`, `import '@pagi/core'`, 'itself'],
  [
    'tests import downward too',
    'packages/core/test/a.test.ts',
    `import '@pagi/server'`,
    'may import',
  ],
  ['a package nobody ruled on', 'packages/new/src/a.ts', `import 'x'`, 'no line'],

  [
    'a machine does not know run/',
    `${CORE}/sse/a.ts`,
    `import { Inbox } from '../run/inbox.ts'`,
    'run/',
  ],
  ['nor its types', `${CORE}/sse/a.ts`, `import type { Inbox } from '../run/inbox.ts'`, 'run/'],
  ['nor the ports as values', `${CORE}/sse/a.ts`, `import { X } from '../run/ports.ts'`, 'run/'],
  [
    'check does not know run/',
    `${CORE}/check.ts`,
    `import { Inbox } from './run/inbox.ts'`,
    'run/',
  ],
  ['a machine does not know memory/', `${CORE}/sse/a.ts`, `import '../memory/a.ts'`, 'memory/'],
  ['run/ does not know memory/', `${CORE}/run/a.ts`, `import '../memory/a.ts'`, 'memory/'],
  ['a machine does not know lint/', `${CORE}/sse/a.ts`, `import '../lint/place.ts'`, 'loads it'],
  ['run/ does not know lint/', `${CORE}/run/a.ts`, `import '../lint.ts'`, 'loads it'],
  ['core does not load lint at start', `${CORE}/index.ts`, `export * from './lint.ts'`, 'loads it'],
  ['lint/ does not know run/', `${CORE}/lint/a.ts`, `import '../run/http.ts'`, 'only run/'],
  [
    'a server loads lint on demand',
    `${SERVER}/cli/main.ts`,
    `import { lint } from '@pagi/core/lint'`,
    'on demand',
  ],
  [
    'lint is not passed on either',
    `${SERVER}/server.ts`,
    `export { lint } from '@pagi/core/lint'`,
    'on demand',
  ],
  [
    'the suite has no code of ours',
    'conformance/src/run.ts',
    `import { dispatch } from '@pagi/spec'`,
    'shares no code',
  ],
  [
    'nor on demand',
    'conformance/src/app/judge.ts',
    `await import('@pagi/core/lint')`,
    'shares no code',
  ],
  [
    'and where it loads some, not at start',
    'conformance/src/app/core.ts',
    `import { HttpRun } from '@pagi/core'`,
    'on demand',
  ],
  [
    'a machine has the types of others only',
    `${CORE}/http/a.ts`,
    `import { S } from '../sse/stream.ts'`,
    'import type',
  ],
  [
    'nobody inside enters by the front door',
    `${CORE}/run/a.ts`,
    `import '../index.ts'`,
    'entry point',
  ],

  [
    'ws is named once',
    `${SERVER}/node/http1.ts`,
    `import { WebSocketServer } from 'ws'`,
    'ws-codec.ts',
  ],
  [
    'ws as a type too',
    `${SERVER}/node/upgrade.ts`,
    `import type { WebSocket } from 'ws'`,
    'ws-codec.ts',
  ],
  [
    'node:http outside node/',
    `${SERVER}/server.ts`,
    `import { Server } from 'node:http'`,
    'src/node/',
  ],
  [
    'node:http2 outside node/',
    `${SERVER}/server.ts`,
    `import http2 from 'node:http2'`,
    'src/node/',
  ],
  ['http without its prefix', `${SERVER}/cli/a.ts`, `import http from 'http'`, 'src/node/'],
  [
    'an entry point has no code',
    `${SERVER}/index.ts`,
    `export const x: number = 1`,
    'only re-exports',
  ],
  ['nor imports', `${SERVER}/index.ts`, `import './server.ts'`, 'only re-exports'],
]

test.each(REFUSED)('refused: %s', (_rule, path, text, said) => {
  const found =
    path.startsWith('packages/new/') && packages[0] !== undefined
      ? importFaults({ path, text }, [{ ...packages[0], path: 'packages/new' }])
      : faults(path, text)
  expect(found).toEqual([expect.stringContaining(said)])
  expect(found[0]).toContain(`${path}:1:`)
})

describe('every way to name a module counts', () => {
  const forms = [
    `import { a } from 'ws'`,
    `import type { a } from 'ws'`,
    `import 'ws'`,
    `export { a } from 'ws'`,
    `export * from 'ws'`,
    `const a = await import('ws')`,
    `const a = require('ws')`,
    `const a = import.meta.resolve('ws')`,
    `import a = require('ws')`,
    `type A = import('ws').WebSocket`,
    `type A = typeof import('ws')`,
    `declare module 'ws' {}`,
    'const a = await import(`ws`)',
  ]
  test.each(forms)('%s', (text) => {
    expect(faults(`${SERVER}/server.ts`, text)).toEqual([expect.stringContaining('ws-codec.ts')])
  })
})

const ALLOWED: readonly (readonly [path: string, text: string])[] = [
  [`${CORE}/sse/stream.ts`, `import { EventOrderError } from '@pagi/spec'`],
  [`${CORE}/sse/stream.ts`, `import { HttpExchange } from '../http/exchange.ts'`],
  [`${CORE}/websocket/session.ts`, `import { HttpExchange } from '../http/exchange.ts'`],
  [`${CORE}/sse/stream.ts`, `import { checkSend } from '../check.ts'`],
  [`${CORE}/sse/stream.ts`, `import { encode } from './encode.ts'`],
  [`${CORE}/http/exchange.ts`, `import type { SseStream } from '../sse/stream.ts'`],
  [`${CORE}/http/exchange.ts`, `import type { HttpCommand } from '../run/ports.ts'`],
  [`${CORE}/run/http.ts`, `import { HttpExchange } from '../http/exchange.ts'`],
  [`${CORE}/memory/http.ts`, `import { runHttp } from '../run/http.ts'`],
  [`${CORE}/index.ts`, `export { runHttp } from './run/http.ts'`],
  [`${SERVER}/node/ws-codec.ts`, `import { WebSocketServer } from 'ws'`],
  [`${SERVER}/node/http1.ts`, `import { createServer } from 'node:http'`],
  [`${CORE}/lint.ts`, `export { lint } from './lint/application.ts'`],
  [`${CORE}/lint/call.ts`, `import { callOf } from './place.ts'`],
  [`${SERVER}/cli/main.ts`, `await import('@pagi/core/lint')`],
  [`${TESTING}/index.ts`, `export { lint } from '@pagi/core/lint'`],
  ['packages/testing/test/a.test.ts', `import { serve } from '@pagi/server'`],
  [`${SERVER}/cli/main.ts`, `import type { LintViolation } from '@pagi/core/lint'`],
  ['conformance/src/app/core.ts', `await import('@pagi/core/lint')`],
  ['conformance/src/app/core.ts', `import type * as core from '@pagi/core'`],
  ['conformance/src/app/judge.ts', `import type { Application } from '@pagi/spec'`],
  [`${SERVER}/server.ts`, `import { once } from 'node:events'`],
  [`${SERVER}/index.ts`, `export * from '@pagi/spec'`],
  [`${LEGACY}/a.ts`, `import { ServerResponse } from 'node:http'`],
  ['packages/legacy/test/a.test.ts', `import { serve } from '@pagi/server'`],
  ['packages/server/test/a.test.ts', `import { WebSocket } from 'ws'`],
  ['packages/core/test/a.test.ts', `import { check } from '../src/check.ts'`],
  ['examples/test/a.test.ts', `import { createApp } from '../13-flow-control/app.ts'`],
]

test.each(ALLOWED)('allowed in %s: %s', (path, text) => {
  expect(faults(path, text)).toEqual([])
})

/**
 * The one place of the suite that loads our own code: an application is judged by core's lint, over
 * scopes in memory. Whoever tests a server never loads it.
 */

import type * as core from '@pagi/core'
import type * as lint from '@pagi/core/lint'
import type * as memory from '@pagi/core/memory'
import type * as spec from '@pagi/spec'

export interface Core {
  readonly HttpRun: typeof core.HttpRun
  readonly SseRun: typeof core.SseRun
  readonly WebSocketRun: typeof core.WebSocketRun
  readonly LifespanRun: typeof core.LifespanRun
  readonly fileReader: typeof core.fileReader
  readonly runTimeouts: typeof core.runTimeouts
  readonly MemoryHttpTransport: typeof memory.MemoryHttpTransport
  readonly MemoryWebSocketTransport: typeof memory.MemoryWebSocketTransport
  readonly lint: typeof lint.lint
  readonly lintMiddleware: typeof lint.lintMiddleware
  readonly probeUnsupportedScope: typeof lint.probeUnsupportedScope
  readonly dispatch: typeof spec.dispatch
  readonly LINT_RULES: typeof lint.LINT_RULES
}

export async function loadCore(): Promise<Core> {
  const modules = await Promise.all([
    import('@pagi/spec'),
    import('@pagi/core'),
    import('@pagi/core/memory'),
    import('@pagi/core/lint'),
  ])
  return { ...modules[0], ...modules[1], ...modules[2], ...modules[3] }
}

/** `@pagi/core/lint`: finds out, during development, which rules an application or a middleware breaks. */

export { lint } from './lint/application.ts'
export { lintMiddleware } from './lint/middleware.ts'
export { probeUnsupportedScope } from './lint/probe.ts'
export { LINT_RULES } from './lint/rules.ts'
export type { LintCode, LintRule } from './lint/rules.ts'
export { formatViolation } from './lint/violation.ts'
export type { LintOptions, LintViolation } from './lint/violation.ts'

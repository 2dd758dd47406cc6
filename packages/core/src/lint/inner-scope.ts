/** What a middleware has made of a scope before it handed it on. */

import { describeValue } from '@pagi/spec'
import { peek } from './peek.ts'
import type { Finding } from './violation.ts'

/** The violations in the scope of the inner application, given the one the middleware got. */
export function judgeScope(outer: object, inner: object): readonly Finding[] {
  return [...identity(outer, inner), ...keys(outer, inner), ...mount(outer, inner)]
}

function identity(outer: object, inner: object): readonly Finding[] {
  return ['pagi.connection', 'pagi.transport', 'state']
    .filter((key) => key in outer && peek(outer, key) !== peek(inner, key))
    .map((key) => ({
      code: 'ERR_PAGI_LINT_SCOPE_IDENTITY',
      requirement: 'MW-04',
      message: `scope[${describeValue(key)}] is another object for the inner application: pass on a shallow clone, { ...scope }, never structuredClone`,
    }))
}

function keys(outer: object, inner: object): readonly Finding[] {
  return Object.keys(inner)
    .filter((key) => !(key in outer) && !STANDARD.has(key) && isReserved(key))
    .map((key) => ({
      code: 'ERR_PAGI_LINT_SCOPE_KEY',
      requirement: key.startsWith('pagi.') ? 'HTTP-16' : 'MW-06',
      message: `scope[${describeValue(key)}] was added, and pagi.* and names without a dot belong to the specification: use a prefix of your own, as in 'myapp.user'`,
    }))
}

const isReserved = (key: string): boolean => !key.includes('.') || key.startsWith('pagi.')

/** Keys of the specification that a scope may lack, and a middleware may know. */
const STANDARD: ReadonlySet<string> = new Set([
  'raw_path',
  'client',
  'server',
  'state',
  'extensions',
  'pagi.connection',
  'pagi.transport',
  'max_frame_size',
  'max_receive_queue',
])

/** Of who changes `path` and `root_path` together, that is, of a mount (T-PATH). */
function mount(outer: object, inner: object): readonly Finding[] {
  const [root, path] = [text(outer, 'root_path'), text(outer, 'path')]
  const [innerRoot, innerPath] = [text(inner, 'root_path'), text(inner, 'path')]
  if (root === innerRoot || path === innerPath) return []
  const was = `path ${describeValue(path)} became ${describeValue(innerPath)} below root_path ${describeValue(innerRoot)}`
  if (root + path !== innerRoot + innerPath)
    return [
      fault('MW-20', `${was}: add to root_path exactly what is removed from the front of path`),
    ]
  if (innerPath !== '' && !innerPath.startsWith('/'))
    return [fault('MW-21', `${was}: a mount matches whole segments, so leave this path alone`)]
  if (text(outer, 'raw_path') !== text(inner, 'raw_path'))
    return [fault('MW-20', `a mount changed raw_path: it stays what the client requested`)]
  return []
}

const fault = (requirement: string, message: string): Finding => ({
  code: 'ERR_PAGI_LINT_MOUNT',
  requirement,
  message,
})

function text(of: object, key: string): string {
  const value = peek(of, key)
  return typeof value === 'string' ? value : ''
}

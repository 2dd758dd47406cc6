/** What a middleware has made of an event of the inner application before it sent it on. */

import { describeValue } from '@pagi/spec'
import { flagOf, headersOf, isObject, peek, typeOf } from './peek.ts'
import { isSource } from './progress.ts'
import type { LintCode } from './rules.ts'
import type { Finding } from './violation.ts'

/** Whether an event is the inner one sent on, and not an answer of the middleware's own. */
export function isSameStart(inner: unknown, outer: unknown): boolean {
  return (
    typeOf(inner) === typeOf(outer) &&
    typeOf(outer).endsWith('start') &&
    peek(inner, 'status') === peek(outer, 'status')
  )
}

/** The violations in a start that was sent on; `complete`: the inner response is, by then. */
export function judgeStart(inner: unknown, outer: unknown, complete: boolean): readonly Finding[] {
  const added = addedHeaders(inner, outer)
  return [...droppedKeys(inner, outer), ...metadata(inner, added, complete)]
}

/** The violations in a body event that was sent on. */
export function judgeBody(inner: unknown, outer: unknown): readonly Finding[] {
  if (!isSameBody(inner, outer)) return []
  const findings = [...droppedKeys(inner, outer)]
  if (flagOf(inner, 'more') && !flagOf(outer, 'more'))
    findings.push(
      finding(
        'ERR_PAGI_LINT_LOST_MORE',
        'MW-17',
        'a body event with more was sent on without it, which claims that the response is whole: keep the more of each event, as in { ...event, body }',
      ),
    )
  return findings
}

/** A body whose bytes the server reads, under an encoding that the middleware has promised. */
export function judgeEncoding(encoded: boolean, outer: unknown): readonly Finding[] {
  if (!encoded || !isSource(outer)) return []
  return [
    finding(
      'ERR_PAGI_LINT_ENCODED_FILE',
      'MW-18',
      'content-encoding was added, and the body is a file or a handle that the server sends as it is: leave such a response alone, or read the file yourself',
    ),
  ]
}

/** The names of the headers that the middleware has added. */
export function addedHeaders(inner: unknown, outer: unknown): readonly string[] {
  const before = new Set(headersOf(inner).map(([name]) => name))
  return [...new Set(headersOf(outer).map(([name]) => name))].filter((name) => !before.has(name))
}

function metadata(inner: unknown, added: readonly string[], complete: boolean): readonly Finding[] {
  const partial =
    peek(inner, 'status') === 206 || headersOf(inner).some(([name]) => name === 'content-range')
  return added.flatMap((name) => {
    if (name === 'content-length' && flagOf(inner, 'trailers')) return [WITH_TRAILERS]
    if (partial && OF_THE_WHOLE.has(name)) return [ofPart(name)]
    return !complete && OF_ALL_BYTES.has(name) ? [early(name)] : []
  })
}

const DIGESTS = ['digest', 'content-digest', 'repr-digest', 'content-md5']
const OF_ALL_BYTES: ReadonlySet<string> = new Set(['content-length', 'etag', ...DIGESTS])
const OF_THE_WHOLE: ReadonlySet<string> = new Set([
  'etag',
  'last-modified',
  'content-encoding',
  ...DIGESTS,
])

function finding(code: LintCode, requirement: string, message: string): Finding {
  return { code, requirement, message }
}

const WITH_TRAILERS = finding(
  'ERR_PAGI_LINT_LENGTH_WITH_TRAILERS',
  'MW-14',
  'content-length was added to a response that declared trailers, which it then cannot carry: look at the start event, and leave the length out',
)

const ofPart = (name: string): Finding =>
  finding(
    'ERR_PAGI_LINT_PARTIAL_METADATA',
    'MW-15',
    `${name} was added to a partial response: leave 206 and content-range alone, as the bytes are not the document`,
  )

const early = (name: string): Finding =>
  finding(
    'ERR_PAGI_LINT_EARLY_METADATA',
    'MW-10',
    `${name} was added before the inner response was complete, so nobody knows its bytes: hold the start back until the last body event was seen, or do without`,
  )

/** Keys that say something (MW-16); an absent one has its default. */
function droppedKeys(inner: unknown, outer: unknown): readonly Finding[] {
  if (!isObject(inner) || !isObject(outer)) return []
  return Object.keys(inner)
    .filter((key) => !REPLACED.has(key) && !(key in outer) && isSaid(peek(inner, key)))
    .map((key) =>
      finding(
        'ERR_PAGI_LINT_DROPPED_KEYS',
        'MW-16',
        `${typeOf(outer)} was sent on without its ${describeValue(key)}: copy the event, as in { ...event, headers }`,
      ),
    )
}

const REPLACED: ReadonlySet<string> = new Set(['type', 'headers', 'body', 'more'])
const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== 0

/** The very bytes of the inner event, and not an empty body, which anybody may send. */
function isSameBody(inner: unknown, outer: unknown): boolean {
  const [one, other] = [peek(inner, 'body'), peek(outer, 'body')]
  return one === other && one !== undefined && one !== null && one !== ''
}

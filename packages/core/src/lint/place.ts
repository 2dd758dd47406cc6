/**
 * Where in somebody's code a call came from. A stack is a text that no standard describes, so this
 * knows the two common forms: `at name (file:1:2)` of V8, `name@file:1:2` of the others.
 */

/** A call, kept for the case that it must be named. */
export interface Call {
  readonly stack: () => string | undefined
}

/**
 * Remembers who called `entry`, a function of ours. The text is made only when it is asked for:
 * nearly every call is in order.
 */
export function callOf(entry: (...args: never) => unknown): Call {
  const error = new Error()
  const capture: unknown = Reflect.get(Error, 'captureStackTrace')
  // Also finds the place where all code is bundled into one file, ours among it.
  if (typeof capture === 'function') Reflect.apply(capture, Error, [error, entry])
  return { stack: () => error.stack }
}

/** The first frame that is neither ours nor the runtime's, as `file:line:column`. */
export function placeOf(stack: string | undefined): string | undefined {
  if (stack === undefined) return undefined
  return stack
    .split('\n')
    .map(frameOf)
    .find((frame) => frame !== undefined && !isForeign(frame))
}

const FRAME = /^(?:\s*at (?:.*\()?|.*@)(.+:\d+:\d+)\)?\s*$/

function frameOf(line: string): string | undefined {
  const file = FRAME.exec(line)?.[1]?.replace(/^async /, '')
  return file === undefined ? undefined : readable(file)
}

/** `file:///home/a%20b/app.ts:1:2` as it is written in a terminal. */
function readable(file: string): string {
  if (!file.startsWith('file://')) return file
  const path = file.replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function isForeign(frame: string): boolean {
  return /^(?:node|bun|ext|internal):|^native /.test(frame) || (OURS !== undefined && OURS(frame))
}

/** What lies beside this very file: `src/lint/` as it is written, or `dist/` as it is published. */
const OURS = ownFiles(new Error().stack)

function ownFiles(stack: string | undefined): ((frame: string) => boolean) | undefined {
  const own = stack
    ?.split('\n')
    .map(frameOf)
    .find((frame) => frame !== undefined)
  const folder =
    own === undefined ? undefined : /^.*[\\/](?:lint|dist)[\\/](?=[^\\/]*$)/.exec(own)?.[0]
  return folder === undefined ? undefined : (frame) => frame.startsWith(folder)
}

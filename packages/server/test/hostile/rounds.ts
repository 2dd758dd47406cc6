import { attempt, faultsOf, sentFor } from './attempt.ts'
import type { Outcome, Place } from './attempt.ts'
import type { HostileInput } from './row.ts'
import type { TargetServer } from './target-server.ts'

// The ways an input may arrive, each tried on connections of its own, many at a time.

const PLACES: readonly Place[] = ['alone', 'behind', 'before']

/** So many clients at once: each waits for the server most of its time. */
const CLIENTS = 64

interface Try {
  readonly input: HostileInput
  readonly place: Place
  readonly pieces: readonly string[]
  /** How it is called when it fails. */
  readonly name: string
}

/** Alone, behind a good request and before one; in one write each. */
export const inEveryPlace = (rows: readonly HostileInput[]): Try[] =>
  rows.flatMap((input) =>
    PLACES.map((place) => ({ input, place, pieces: [sentFor(input, place)], name: place })),
  )

/** In two writes, at the positions that are chosen. */
export const inTwo = (
  rows: readonly HostileInput[],
  chosen: (bytes: string, position: number) => boolean,
): Try[] =>
  rows.flatMap((input) =>
    Array.from({ length: input.bytes.length - 1 }, (_, at) => at + 1)
      .filter((position) => chosen(input.bytes, position))
      .map((position) => ({
        input,
        place: 'alone',
        pieces: [input.bytes.slice(0, position), input.bytes.slice(position)],
        name: `split at ${position}`,
      })),
  )

/**
 * Every byte in a write of its own; but nothing behind a request that its client has
 * called the last.
 */
export const byteByByte = (
  rows: readonly HostileInput[],
  places: readonly Place[] = PLACES,
): Try[] =>
  rows.flatMap((input) =>
    places
      .filter((place) => place !== 'before' || !/connection: close\b/.test(input.bytes))
      .map((place) => ({
        input,
        place,
        pieces: Array.from(sentFor(input, place)),
        name: `${place}, byte by byte`,
      })),
  )

/** What went wrong, by name; an empty list when nothing did. */
export const failuresOf = async (
  target: TargetServer,
  tries: Iterable<Try>,
): Promise<readonly string[]> => {
  const failures: string[] = []
  const left = tries[Symbol.iterator]()
  const client = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const { input, place, pieces, name } = next.value
      try {
        const outcome = await attempt(target, input, place, pieces)
        const faults = faultsOf(input, place, outcome)
        if (faults.length > 0) failures.push(`${input.name} (${name}): ${faults.join('; ')}`)
      } catch (error) {
        failures.push(`${input.name} (${name}): ${String(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return failures
}

/** Each alone, one after the other, and an ordinary request of another client behind each. */
export const oneByOne = async (
  target: TargetServer,
  rows: readonly HostileInput[],
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const input of rows) {
    outcomes.push(await attempt(target, input, 'alone'))
    const next = await attempt(target, ORDINARY, 'alone')
    const faults = faultsOf(ORDINARY, 'alone', next)
    if (faults.length > 0)
      throw new Error(`the client after "${input.name}" was not served: ${faults.join('; ')}`)
  }
  return outcomes
}

const ORDINARY: HostileInput = {
  name: 'an ordinary request',
  bytes: 'GET /next HTTP/1.1\r\nhost: a\r\n\r\n',
  expected: { kind: 'served', sees: { path: '/next' }, next: 'served' },
  rule: 'RFC 9112 3',
}

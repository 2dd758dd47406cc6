/** The name somebody may have meant, or nothing when none is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, away: distance(typed, name) }))
    .filter(({ name, away }) => away <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.away - other.away)
  return best?.name
}

/** How many letters have to be put in, taken out or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [at, letter] of one.split('').entries()) {
    const next = [at + 1]
    for (const [index, wanted] of other.split('').entries()) {
      const replaced = (row[index] ?? 0) + Number(letter !== wanted)
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

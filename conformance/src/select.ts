import type { Case } from './case.ts'

/** The cases that one of the patterns names, by id, glob or requirement; all without a pattern. */
export function select(cases: readonly Case[], patterns: readonly string[]): readonly Case[] {
  if (patterns.length === 0) return cases
  const tests = patterns.map(matcher)
  return cases.filter((one) =>
    tests.some(
      (test) => test(one.id) || test(one.id.replace(/\[.*/, '')) || one.requirements.some(test),
    ),
  )
}

/** A glob: `*` within a part of the path, `**` across parts. */
function matcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('')
  const expression = new RegExp(`^${source}$`)
  return (text) => expression.test(text)
}

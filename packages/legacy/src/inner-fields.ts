import type { HeaderList } from '@pagi/spec'

/** All values of a field. */
export const valuesOf = (headers: HeaderList, name: string): readonly string[] =>
  headers.filter(([key]) => key === name).map(([, value]) => value)

const OF_ENTITY: ReadonlySet<string> = new Set([
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
  'trailer',
])

/** Whether a field describes exactly these bytes. */
export const isOfEntity = (name: string): boolean => OF_ENTITY.has(name)

/**
 * Whether the server will take such a head, as far as can be told here. What it will not goes to it as it
 * is: its errors are the better ones.
 */
export const isPlausible = (status: unknown, headers: unknown): boolean =>
  Number.isInteger(status) && Array.isArray(headers) && headers.every(isField)

const isField = (field: unknown): boolean => {
  if (!Array.isArray(field) || field.length !== 2) return false
  const [name, value]: readonly unknown[] = field
  return (
    typeof name === 'string' &&
    typeof value === 'string' &&
    /^[!#$%&'*+\-.^_`|~\da-z]+$/.test(name) &&
    /^(?![ \t])[\t\x20-\x7e\x80-\xff]*(?<![ \t])$/.test(value)
  )
}

/** Lists that everybody adds to; of all other fields the application has the last word. */
export const joined = (
  name: string,
  before: number | string | readonly string[] | undefined,
  values: readonly string[],
): string[] => {
  const earlier = before === undefined ? [] : [before].flat().map(String)
  if (name === 'set-cookie') return [...earlier, ...values]
  if (name !== 'vary') return [...values]
  const seen = new Map<string, string>()
  for (const one of [...earlier, ...values].join(',').split(',')) {
    const token = one.trim()
    if (token !== '' && !seen.has(token.toLowerCase())) seen.set(token.toLowerCase(), token)
  }
  return [[...seen.values()].join(', ')]
}

/**
 * Looks at what belongs to others without running any of their code: a getter is read once, and by
 * the server (binding, section 6).
 */

/** A field of an event or a scope, own or inherited; undefined for one with a getter. */
export function peek(of: unknown, key: string): unknown {
  for (let object = of; isObject(object); object = Object.getPrototypeOf(object)) {
    const found = Object.getOwnPropertyDescriptor(object, key)
    if (found !== undefined) return found.value
  }
  return undefined
}

/** The `type` of a scope or an event, `''` where there is none. */
export function typeOf(of: unknown): string {
  const type = peek(of, 'type')
  return typeof type === 'string' ? type : ''
}

/** A flag of an event: `1` means true (binding, section 6). */
export function flagOf(of: unknown, key: string): boolean {
  const value = peek(of, key)
  return value === true || value === 1
}

/** The `[name, value]` pairs of an event, names in lower case; what is no such pair is left out. */
export function headersOf(of: unknown): readonly (readonly [name: string, value: string])[] {
  const headers = peek(of, 'headers')
  if (!Array.isArray(headers)) return []
  return headers.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return []
    const [name, value]: readonly unknown[] = pair
    return typeof name === 'string' && typeof value === 'string'
      ? [[name.toLowerCase(), value] as const]
      : []
  })
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

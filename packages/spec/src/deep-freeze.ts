/** Freezes a table of plain data, and everything in it. */
export function deepFreeze<T extends object>(table: T): T {
  for (const value of Object.values(table)) {
    if (typeof value === 'object' && value !== null) deepFreeze(value)
  }
  return Object.freeze(table)
}

/** A method as plain JavaScript calls it: with anything. */
export const loosely =
  (target: object, name: string) =>
  (...args: readonly unknown[]): unknown => {
    const method: unknown = Reflect.get(target, name)
    if (typeof method !== 'function') throw new TypeError(`${name} is no method`)
    const result: unknown = Reflect.apply(method, target, args)
    return result
  }

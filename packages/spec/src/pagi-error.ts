/** The root of the error family, and how to know its members. */

// Registered, so that every copy of this package knows the errors of the others.
const BRAND = Symbol.for('pagi.error')

/** What the errors of PAGI derive from. */
export class PagiError extends Error {
  static {
    nameError(this, 'PagiError')
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  /** Stable identifier, such as `ERR_PAGI_INVALID_EVENT`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Whether `value` is an error of PAGI, made by any copy of this package, and has that `code` if
 * one is given. Never throws.
 */
export function isPagiError(value: unknown, code?: string): value is PagiError {
  if (typeof value !== 'object' || value === null) return false
  try {
    if (!(BRAND in value) || value[BRAND] !== true || !('code' in value)) return false
    const got = value.code
    return typeof got === 'string' && (code === undefined || got === code)
  } catch {
    return false
  }
}

/**
 * Gives an error class its name: on the prototype, so that it is there when the stack is captured,
 * and as text, so that a minifier cannot change it.
 */
export function nameError(errorClass: { readonly prototype: Error }, text: string): void {
  Object.defineProperty(errorClass.prototype, 'name', {
    value: text,
    configurable: true,
    writable: true,
  })
}

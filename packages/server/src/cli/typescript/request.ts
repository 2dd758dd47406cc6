/** Specifiers that say where they are to be resolved from, for packages named on a command line. */

const SCHEME = 'pagi-server:'

export interface Request {
  readonly specifier: string
  readonly parentURL: string
}

/** A specifier that the hooks resolve as if the module at `parentURL` imported it. */
export function requestFrom({ specifier, parentURL }: Request): string {
  return SCHEME + new URLSearchParams({ specifier, parentURL }).toString()
}

export function splitRequest(text: string): Request | undefined {
  if (!text.startsWith(SCHEME)) return undefined
  const parts = new URLSearchParams(text.slice(SCHEME.length))
  return { specifier: parts.get('specifier') ?? '', parentURL: parts.get('parentURL') ?? '' }
}

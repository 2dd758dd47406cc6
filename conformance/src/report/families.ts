/** The families of the requirements, as the specification names its parts. */

const NAMES: Readonly<Record<string, string>> = {
  CORE: 'Core',
  MW: 'Middleware',
  HTTP: 'HTTP',
  H2: 'HTTP/2',
  REF: 'Refusals',
  LEG: 'Legacy adapters',
  CONN: 'Connection state',
  FLOW: 'Flow control',
  WS: 'WebSocket',
  SSE: 'Server-sent events',
  LIFE: 'Lifespan',
  TLS: 'TLS',
  EXT: 'Extensions',
  RUN: 'Loading applications',
  T: 'Tables',
}

/** `HTTP` of `HTTP-65`. */
export const familyOfId = (id: string): string => id.slice(0, id.indexOf('-'))

/** `Flow control (FLOW)` of `FLOW-05`. */
export function familyName(id: string): string {
  const family = familyOfId(id)
  const name = NAMES[family]
  return name === undefined || name === family ? family : `${name} (${family})`
}

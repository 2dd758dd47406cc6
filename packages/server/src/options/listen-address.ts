/** Where to listen, as one line of text says it: the words of `--listen` and of the option `listen`. */

/** A place to listen at. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  /** A socket that whoever started the process has opened and listens on. */
  | { readonly kind: 'fd'; readonly fd: number }
  /** Those that systemd has opened: with this name (`FileDescriptorName=`), or all of them. */
  | { readonly kind: 'systemd'; readonly name: string | undefined }

/** Completes "must be ...". */
export const LISTEN_EXPECTED =
  'an address such as 127.0.0.1:5000, [::1]:5000, :5000 for every interface, unix:/run/app.sock, fd:3 or systemd:name'

/** Reads an address; undefined when it is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === 'systemd') return { kind: 'systemd', name: undefined }
  const [, scheme = '', rest = ''] = /^(unix|fd|systemd):(.*)$/su.exec(text) ?? []
  const read = SCHEMES[scheme] ?? (/^(?:[/\\]|\.{1,2}\/)/.test(text) ? unix : tcp)
  return read(scheme === '' ? text : rest)
}

const SCHEMES: Readonly<Record<string, (rest: string) => ListenAddress | undefined>> = {
  unix,
  fd: (rest) => (/^\d{1,6}$/.test(rest) ? { kind: 'fd', fd: Number(rest) } : undefined),
  systemd: (rest) => (/^[\w.@-]+$/.test(rest) ? { kind: 'systemd', name: rest } : undefined),
}

/** An address the way it is written for `--listen`. */
export function showListenAddress(address: ListenAddress): string {
  switch (address.kind) {
    case 'tcp':
      return hostAndPort(address)
    case 'unix':
      return `unix:${address.path}`
    case 'fd':
      return `fd:${address.fd}`
    case 'systemd':
      return address.name === undefined ? 'systemd' : `systemd:${address.name}`
  }
}

/** `127.0.0.1:5000`, `[::1]:5000`. */
export function hostAndPort({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A path of a Unix socket, or the name of a pipe of Windows; or none. */
export const SOCKET_PATH = /^[^\0]*$/

function unix(path: string): ListenAddress | undefined {
  return path !== '' && SOCKET_PATH.test(path) ? { kind: 'unix', path } : undefined
}

function tcp(text: string): ListenAddress | undefined {
  const [, inner, outer, digits] =
    /^(?:\[([\da-f:.%\w]+)\]|([^\s/:[\]]*)):(\d{1,5})$/i.exec(text) ?? []
  const host = inner ?? outer
  const port = Number(digits)
  if (host === undefined || port > 65_535) return undefined
  // As a host without a name: every interface, IPv4 and IPv6.
  return { kind: 'tcp', host: host === '' ? '::' : host, port }
}

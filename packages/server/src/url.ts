import type { ServerAddress } from './node/listener.ts'
import { hostAndPort, showListenAddress } from './options/listen-address.ts'

/** How an address is written for whoever wants to reach it. */
export const urlOf = (address: ServerAddress): string => {
  const { host, port, path = '' } = address
  if (host === undefined) return showListenAddress({ kind: 'unix', path })
  return `http://${hostAndPort({ host: WILDCARDS[host] ?? host, port })}`
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

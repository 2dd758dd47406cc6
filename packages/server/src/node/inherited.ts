/** Sockets that whoever started the process has opened: which descriptors they are, and their paths. */

import { readFileSync, readlinkSync } from 'node:fs'
import type { ListenAddress } from '../options/listen-address.ts'
import { ListenError } from './listen-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

type Systemd = Extract<ListenAddress, { kind: 'systemd' }>

/** The first descriptor that systemd hands over (`sd_listen_fds`). */
const FIRST = 3

/**
 * The descriptors of a `systemd` address.
 *
 * @throws ListenError saying what is missing
 */
export function activatedDescriptors(
  address: Systemd,
  environment: Environment,
  pid: number,
): readonly number[] {
  const { LISTEN_PID, LISTEN_FDS = '', LISTEN_FDNAMES = '' } = environment
  const fault = (why: string): ListenError => new ListenError(address, 'EBADF', why)
  if (LISTEN_PID === undefined) throw fault('systemd has handed over no socket (no LISTEN_PID)')
  if (LISTEN_PID !== String(pid))
    throw fault(
      `the sockets are for process ${LISTEN_PID}, and this is ${pid}: let systemd start node itself, not a shell or npm`,
    )
  if (!/^[1-9]\d{0,3}$/.test(LISTEN_FDS))
    throw fault(`there are none: LISTEN_FDS is "${LISTEN_FDS}"`)
  const names = LISTEN_FDNAMES.split(':')
  const all = Array.from({ length: Number(LISTEN_FDS) }, (_item, index) => FIRST + index)
  if (address.name === undefined) return all
  const named = all.filter((fd) => names[fd - FIRST] === address.name)
  if (named.length === 0)
    throw fault(`no socket has this name; there are ${names.filter(Boolean).join(', ') || 'none'}`)
  return named
}

/** The same, of this process; its own children are not told of them. */
export function takeActivated(address: Systemd): readonly number[] {
  const descriptors = activatedDescriptors(address, process.env, process.pid)
  if (address.name === undefined)
    for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name]
  return descriptors
}

/** The path a Unix socket is bound to, where the system tells; undefined for any other. */
export function pathOfDescriptor(fd: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    if (inode === undefined) return undefined
    for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
      // Num RefCount Protocol Flags Type St Inode Path
      const [, found, path] = /^(?:\S+ +){6}(\d+) +(.+)$/.exec(line) ?? []
      if (found === inode) return path
    }
  } catch {
    // Without /proc the path stays unknown.
  }
  return undefined
}

/**
 * A Unix socket at a path. It is bound under another name, gets its permissions, and is then linked to
 * its own: nobody can connect before these are right, and what is at the path is never replaced
 * unseen. Node's own removal at the end hits the other name; ours, only what is still our file.
 */

import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { ListenError } from './listen-error.ts'

export interface UnixSocketOptions {
  readonly path: string
  /** Permissions of the file. */
  readonly mode: number
  readonly backlog: number
}

/** What the address of a socket has room for, in bytes. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103

/** How long whoever listens at a path may take to accept, in milliseconds. */
const PROBE = 1000

/** How often a name that is taken is replaced by another. */
const ATTEMPTS = 10

const PIPE = /^[\\/]{2}[.?][\\/]pipe[\\/]/i

/** What `link` says where the file system has no links. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']

/**
 * Makes a server listen at a path. What a server that is gone has left there is removed; nothing else
 * is.
 *
 * @returns removes the file, if it is still the one that was made here
 * @throws ListenError saying what is wrong with the path or with what is there
 */
export async function listenAtPath(
  server: Server,
  { path, mode, backlog }: UnixSocketOptions,
): Promise<() => void> {
  if (process.platform === 'win32') {
    if (!PIPE.test(path))
      throw fault(path, 'EINVAL', String.raw`on Windows it is a named pipe, such as \\.\pipe\app`)
    await bind(server, path, backlog)
    return () => {}
  }
  const length = Buffer.byteLength(path)
  if (length > LONGEST_PATH) {
    const why = `the path has ${length} bytes, and a socket has room for ${LONGEST_PATH}`
    throw fault(path, 'ENAMETOOLONG', why)
  }
  try {
    await makeRoom(path)
    const own = await bindAside(server, path, backlog)
    try {
      chmodSync(own, mode)
      return place(own, path)
    } finally {
      remove(own)
    }
  } catch (error) {
    if (error instanceof ListenError) throw error
    const folder = dirname(path)
    // Where the folder is missing, Node speaks of permissions.
    const code = existsSync(folder) ? codeOf(error) : 'ENOENT'
    throw fault(path, code, REASONS[code]?.(folder) ?? String(error), error)
  }
}

const REASONS: Readonly<Record<string, (folder: string) => string>> = {
  ENOENT: (folder) => `the folder ${folder} does not exist`,
  ENOTDIR: (folder) => `${folder} is no folder`,
  EACCES: (folder) => `permission denied in ${folder}`,
  EROFS: (folder) => `${folder} cannot be written to`,
}

/** Gives the socket its name; fails where somebody has taken that meanwhile. */
function place(own: string, path: string): () => void {
  const made = identityAt(own)
  try {
    linkSync(own, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw inUse(path)
    if (!NO_LINKS.includes(codeOf(error))) throw error
    renameSync(own, path)
  }
  return () => {
    if (identityAt(path) === made) remove(path)
  }
}

/** Removes the socket of a server that is gone. */
async function makeRoom(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  const identity = identityAt(path)
  if (!found.isSocket()) throw fault(path, 'EEXIST', 'what is there is no socket, so it stays')
  const state = await probe(path)
  if (state === 'gone') return
  if (state === 'live') throw inUse(path)
  if (state !== 'stale')
    throw fault(
      path,
      state,
      `whether a server listens there cannot be seen (${state}), so it stays`,
    )
  // Another server may have done all this in between; what is taken away is looked at once more.
  if (identityAt(path) !== identity) throw inUse(path)
  const aside = spare(path)
  renameSync(path, aside)
  if (identityAt(aside) === identity) return remove(aside)
  linkSync(aside, path)
  remove(aside)
  throw inUse(path)
}

/** Which file it is, by whatever name; the number alone is given again to the next one made. */
function identityAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return found && [found.dev, found.ino, found.mtimeNs].join()
}

/** `live`, `stale`, `gone`, or the code of what prevents an answer. */
async function probe(path: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ path })
    const settle = (state: string): void => {
      socket.destroy()
      resolve(state)
    }
    socket.setTimeout(PROBE, () => settle('live'))
    socket.on('connect', () => settle('live'))
    socket.on('error', (error) => {
      const code = codeOf(error)
      settle(ANSWERS[code] ?? code)
    })
  })
}

/** EAGAIN: those waiting to be accepted are as many as the backlog. */
const ANSWERS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'stale',
  ENOENT: 'gone',
  EAGAIN: 'live',
}

async function bindAside(server: Server, path: string, backlog: number): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const own = spare(path)
    try {
      await bind(server, own, backlog)
      return own
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error
    }
  }
}

/** A name beside this one, and no longer. */
function spare(path: string): string {
  const length = Math.min(Buffer.byteLength(basename(path)), 16)
  return join(dirname(path), randomBytes(8).toString('hex').slice(0, length))
}

async function bind(server: Server, path: string, backlog: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, backlog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else has, or it was renamed.
  }
}

function inUse(path: string): ListenError {
  return fault(path, 'EADDRINUSE', 'another server listens there')
}

function fault(path: string, code: string, why: string, cause?: unknown): ListenError {
  return new ListenError({ kind: 'unix', path }, code, why, cause === undefined ? {} : { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

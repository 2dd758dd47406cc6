/** What the command says about an error that ends it, and with which exit code. */

import { constants } from 'node:os'
import { inspect } from 'node:util'
import { isPagiError, LoadError } from '@pagi/spec'
import type { ResolvedOptions } from '../options.ts'

/** Exit codes, as `--help` lists them. */
export const EXIT = { clean: 0, runtime: 1, usage: 2, startup: 3, bind: 4 } as const

export interface Failure {
  readonly code: number
  readonly text: string
}

/** Where the server was to listen, for the advice about it. */
export type Addresses = ResolvedOptions['listen']

/** Describes an error thrown on the way to a running server. */
export function startupFailure(error: unknown, addresses: Addresses = []): Failure {
  if (isPagiError(error, 'ERR_PAGI_USAGE') || isPagiError(error, 'ERR_PAGI_OPTION')) {
    return { code: EXIT.usage, text: error.message }
  }
  if (isPagiError(error, 'ERR_PAGI_LOAD')) {
    const stage = error instanceof LoadError ? ` (${error.stage})` : ''
    const text = `cannot load the application${stage}: ${error.message}${causeOf(error)}`
    return { code: EXIT.startup, text }
  }
  if (isPagiError(error)) {
    const why = error.message === '' ? 'it gave no reason' : error.message
    return { code: EXIT.startup, text: `the application did not start: ${why}${causeOf(error)}` }
  }
  if (isSystemError(error)) return { code: EXIT.bind, text: bindAdvice(error, addresses) }
  return { code: EXIT.runtime, text: stackOf(error) }
}

/** Describes an error thrown by a server that was stopping (LIFE-26). */
export function shutdownFailure(error: unknown): string {
  if (!isPagiError(error)) return stackOf(error)
  const why = error.message === '' ? 'it gave no reason' : error.message
  return `the application did not shut down: ${why}${causeOf(error)}`
}

/** The exit code of a process that a signal ended, by the convention of shells. */
export function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** An error with its stack, without the frames of Node.js and of this command. */
export function stackOf(error: unknown): string {
  const shown = inspect(error)
  // An error without frames is shown in brackets.
  const text = error instanceof Error && shown.startsWith('[') ? shown.slice(1, -1) : shown
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (!isHidden(line)) lines.push(line)
    // The properties of an error open on the line of its last frame.
    else if (line.endsWith(' {')) lines.push(`${lines.pop() ?? ''} {`)
  }
  return lines.join('\n')
}

const OWN = new URL('.', import.meta.url).href

function isHidden(line: string): boolean {
  return /^\s+at /.test(line) && (/\bnode:/.test(line) || line.includes(OWN))
}

function causeOf(error: Error): string {
  return error.cause === undefined ? '' : `\n${stackOf(error.cause)}`
}

interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly hostname?: unknown
  readonly address?: unknown
  readonly port?: unknown
}

function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'syscall' in error &&
    typeof error.syscall === 'string'
  )
}

function bindAdvice(error: SystemError, addresses: Addresses): string {
  const { code, message } = error
  const ports = addresses.filter((address) => address.kind === 'tcp')
  // A name is resolved before it is listened on.
  const where =
    ports.find(
      ({ host, port }) =>
        host === error.hostname || (host === error.address && port === error.port),
    ) ??
    ports.find(({ port }) => port === error.port) ??
    (ports.length === 1 ? ports[0] : undefined)
  if (error.name === 'ListenError' || where === undefined) return message
  const { host, port } = where
  const start = `cannot listen on ${host} port ${port}`
  const byListen = addresses.length > 1
  const [portFlag, hostFlag] = byListen ? ['--listen', '--listen'] : ['--port', '--host']
  switch (code) {
    case 'EADDRINUSE':
      return `${start}: the port is in use. Take another one with ${portFlag}, or ${byListen ? 'port 0' : '--port 0'} for any that is free${airPlay(port)}`
    case 'EACCES':
      return port > 0 && port < 1024
        ? `${start}: permission denied, as ports below 1024 are for privileged users. Take one from 1024 with ${portFlag}, and let a proxy forward ${port} to it`
        : `${start}: permission denied. Take another port with ${portFlag}`
    case 'EADDRNOTAVAIL':
      return `${start}: this machine has no such address. See ${hostFlag}: 127.0.0.1 is this machine alone, 0.0.0.0 and :: are every address`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${start}: the name ${host} has no address. See ${hostFlag}: 127.0.0.1 is this machine alone, 0.0.0.0 and :: are every address`
    default:
      return `${start}: ${message}`
  }
}

/** On macOS the AirPlay receiver sits on our default port. */
function airPlay(port: number): string {
  return process.platform === 'darwin' && (port === 5000 || port === 7000)
    ? '. On macOS it is often taken by AirPlay Receiver (System Settings, AirDrop & Handoff)'
    : ''
}

// A server as a process of its own: started, waited for, signalled, and gone without a trace.
import { spawn, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** How long anything may take before it counts as a failure. */
const BOUND = 30_000

/**
 * @template T
 * @param {Promise<T>} work
 * @param {() => string} complaint
 * @returns {Promise<T>}
 */
export async function within(work, complaint) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  /** @type {Promise<never>} */
  const late = new Promise((_resolve, reject) => {
    const fail = () => reject(new Error(`${complaint()}; waited ${BOUND / 1000} s`))
    timer = setTimeout(fail, BOUND)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The living members of a process group. One that has ended, and only waits for its parent to take
 * notice, is gone.
 *
 * @param {number} group
 * @returns {readonly string[]}
 */
function membersOf(group) {
  if (process.platform !== 'linux') {
    const list = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,pid=,command='], { encoding: 'utf8' })
    return list.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+[^Z]`).test(line))
  }
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      // pid (command) state parent group …, and the command may contain anything
      const [state, , of] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return Number(of) === group && state !== 'Z'
    } catch {
      return false // it ended while we looked
    }
  })
}

export class ServerProcess {
  #out = ''
  #err = ''
  #child
  #closed

  /**
   * @param {string} program
   * @param {readonly string[]} args
   * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
   */
  constructor(program, args, { cwd, env }) {
    // A process group of its own: what a terminal would signal on Ctrl-C.
    this.#child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text) => (this.#out += text))
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#err += text))
    this.#closed = once(this.#child, 'close')
  }

  #said() {
    return `stdout:\n${this.#out.trimEnd()}\nstderr:\n${this.#err.trimEnd()}`
  }

  /** @returns {string} what came on stderr so far */
  get stderr() {
    return this.#err
  }

  /**
   * Waits for the line that names the address.
   *
   * @returns {Promise<string>} the address, without a slash at the end
   */
  async address() {
    const found = async () => {
      for (;;) {
        const url = /https?:\/\/[\w.[\]:-]+:\d+/.exec(this.#out)?.[0]
        if (url !== undefined) return url
        await once(this.#child.stdout, 'data')
      }
    }
    const ended = this.#closed.then(() => {
      throw new Error(`it ended before it served\n${this.#said()}`)
    })
    return within(Promise.race([found(), ended]), () => `no address on stdout\n${this.#said()}`)
  }

  /**
   * Ends it.
   *
   * @param {number | 'group'} target the process id to send SIGINT to, or all of them like a Ctrl-C
   * @returns {Promise<number | null>} the exit code of what was started
   */
  async interrupt(target) {
    const group = this.#child.pid ?? 0
    process.kill(target === 'group' ? -group : target, 'SIGINT')
    const [code] = await within(this.#closed, () => `SIGINT did not end it\n${this.#said()}`)
    const gone = async () => {
      while (membersOf(group).length > 0) await pause(20)
    }
    await within(gone(), () => `processes are left: ${membersOf(group).join(', ')}`)
    return code
  }

  /** Makes sure nothing survives a failed check. */
  kill() {
    const group = this.#child.pid
    if (group !== undefined && membersOf(group).length > 0) process.kill(-group, 'SIGKILL')
  }
}

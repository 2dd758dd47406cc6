import { Buffer } from 'node:buffer'
import { constants, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Log } from '@pagi/core'
import type { Output } from './lines.ts'
import { Losses, WAITING_LIMIT } from './losses.ts'

// A file that lines are appended to, one write at a time; what comes meanwhile goes with the next
// one. Whatever fails is tried again with the next lines, so a full disk is no reason to restart.

const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants
// Without the last, which Windows has not, a pipe that nobody reads would hold a thread for ever.
const FLAGS = O_APPEND | O_CREAT | O_WRONLY | (O_NONBLOCK ?? 0)

export class FileOutput implements Output {
  readonly #path: string
  readonly #losses: Losses
  #file: FileHandle | undefined
  #waiting = ''
  #renewal = true
  #over = false
  #work: Promise<void> | undefined

  constructor(path: string, log: Log) {
    this.#path = path
    this.#losses = new Losses(path, log)
    void this.#run() // so that a file that cannot be opened is known at the start
  }

  write(text: string): void {
    if (this.#waiting.length + text.length > WAITING_LIMIT)
      return this.#losses.lost(text, 'they come faster than they can be written')
    this.#waiting += text
    void this.#run()
  }

  reopen(): Promise<void> {
    this.#renewal = true
    return this.#run()
  }

  close(): Promise<void> {
    this.#over = true
    return this.#run()
  }

  /** A write under way is finished by Node.js, which waits for its threads. */
  leave(): void {
    const text = this.#take()
    if (text === '') return
    try {
      writeSync(this.#file?.fd ?? openSync(this.#path, FLAGS), text)
    } catch (error) {
      this.#losses.lost(text, error)
    }
  }

  #run(): Promise<void> {
    this.#work ??= Promise.resolve().then(() => this.#writeAll())
    return this.#work
  }

  /** Lines that came before a renewal go to the old file, unless there is none. */
  async #writeAll(): Promise<void> {
    while (this.#waiting !== '' || this.#renewal) {
      const old = this.#file
      if (this.#renewal && old !== undefined) {
        await this.#append(old)
        this.#file = undefined
        await old.close().catch(() => {})
      } else {
        this.#renewal = false
        const file = old ?? (await this.#open())
        if (file !== undefined && (await this.#append(file))) this.#losses.written()
      }
    }
    if (this.#over) {
      await this.#file?.close().catch(() => {})
      this.#file = undefined
    }
    this.#work = undefined
  }

  async #open(): Promise<FileHandle | undefined> {
    try {
      this.#file = await open(this.#path, FLAGS)
    } catch (error) {
      this.#losses.lost(this.#take(), error)
    }
    return this.#file
  }

  /** What waits is taken when it is written, not before: the process may end meanwhile. */
  async #append(file: FileHandle): Promise<boolean> {
    const text = this.#take()
    try {
      let rest = Buffer.from(text, 'utf8')
      while (rest.byteLength > 0) {
        const { bytesWritten } = await file.write(rest)
        rest = rest.subarray(bytesWritten)
      }
      return true
    } catch (error) {
      this.#losses.lost(text, error)
      return false
    }
  }

  #take(): string {
    const text = this.#waiting
    this.#waiting = ''
    return text
  }
}

import type { HeadCommand } from '@pagi/core'
import type { HeaderList } from '@pagi/spec'
import { HeaderFields } from './header-fields.ts'
import { joined } from './test-response.ts'
import type { ResponseHead, ResponseParts } from './test-response.ts'

/** A response as it comes in. */
export class ResponseReader {
  #head: HeadCommand | undefined
  #trailers: HeaderList = []
  #state: 'open' | 'whole' | 'broken' = 'open'
  readonly #all: Uint8Array[] = []
  /** How many pieces were taken one by one. */
  #taken = 0

  get over(): boolean {
    return this.#state !== 'open'
  }

  get complete(): boolean {
    return this.#state === 'whole'
  }

  /** Undefined while one may still come. */
  get head(): ResponseHead | undefined {
    if (this.#head === undefined && !this.over) return undefined
    return { status: this.#head?.status ?? 0, headers: new HeaderFields(this.#head?.headers ?? []) }
  }

  begin(head: HeadCommand): void {
    this.#head = head
  }

  piece(bytes: Uint8Array): void {
    this.#all.push(bytes)
  }

  end(trailers: HeaderList | undefined): void {
    if (this.over) return
    this.#trailers = trailers ?? []
    this.#state = 'whole'
  }

  broken(): void {
    if (!this.over) this.#state = 'broken'
  }

  /** The next piece: `{ done }` at the end, undefined while none is there. */
  take(): { readonly piece: Uint8Array } | { readonly done: true } | undefined {
    const piece = this.#all[this.#taken]
    if (piece !== undefined) {
      this.#taken += 1
      return { piece }
    }
    return this.over ? { done: true } : undefined
  }

  /** All of it, what was taken before included; undefined while it is not over. */
  get parts(): ResponseParts | undefined {
    const { head } = this
    if (head === undefined || !this.over) return undefined
    return {
      ...head,
      bytes: joined(this.#all),
      trailers: this.#trailers,
      complete: this.complete,
    }
  }
}

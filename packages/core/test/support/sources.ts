import { bytes } from './events.ts'

// Body sources that remember what was done to them.

/** A FileHandle over a text; reads as many bytes at once as it is told. */
export class FakeHandle {
  readonly fd = 7
  readonly reads: { readonly length: number; readonly position: number | null }[] = []
  closed = 0
  /** Which read fails, counted from 0. */
  failAt = -1
  /** Which read never answers. */
  hangAt = -1
  readonly #content: Uint8Array
  readonly #most: number

  constructor(text: string, most = Infinity) {
    this.#content = bytes(text)
    this.#most = most
  }

  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }> {
    const at = this.reads.length
    this.reads.push({ length, position })
    if (at === this.failAt) throw new Error('EIO')
    if (at === this.hangAt) await new Promise(() => {})
    const from = position ?? 0
    const part = this.#content.subarray(from, from + Math.min(length, this.#most))
    buffer.set(part, offset)
    return { bytesRead: part.byteLength }
  }

  close(): void {
    this.closed += 1
  }
}

/** An async iterable under control: what it yields, and whether it was ended. */
export class FakeIterable implements AsyncIterable<unknown> {
  returned = 0
  taken = 0
  readonly #steps: readonly unknown[]

  /** A step that is an Error is thrown, one that is `'hang'` never answers. */
  constructor(...steps: readonly unknown[]) {
    this.#steps = steps
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: async () => {
        const step = this.#steps[this.taken]
        this.taken += 1
        if (step instanceof Error) throw step
        if (step === 'hang') await new Promise(() => {})
        if (this.taken > this.#steps.length) return { done: true, value: undefined }
        return { done: false, value: step }
      },
      return: async () => {
        this.returned += 1
        return { done: true, value: undefined }
      },
    }
  }
}

/** A Readable of Node: the iterator it has by itself would destroy it. */
export const nodeStream = (
  source: FakeIterable,
  state: { readonly destroyed: boolean; readonly readableEnded: boolean } = OPEN,
): object => ({
  ...state,
  [Symbol.asyncIterator]: () => {
    throw new Error('the stream would be destroyed')
  },
  iterator: ({ destroyOnReturn = true }) => {
    if (destroyOnReturn) throw new Error('the stream would be destroyed')
    return source[Symbol.asyncIterator]()
  },
})

const OPEN = { destroyed: false, readableEnded: false }

export interface FakeStream {
  readonly stream: ReadableStream<unknown>
  readonly cancelled: () => number
}

/** A web stream of these steps, as FakeIterable takes them; remembers whether it was cancelled. */
export const fakeStream = (...steps: readonly unknown[]): FakeStream => {
  let cancelled = 0
  let at = 0
  const stream = new ReadableStream<unknown>(
    {
      pull: async (controller) => {
        const step = steps[at]
        at += 1
        if (step instanceof Error) throw step
        if (step === 'hang') await new Promise(() => {})
        if (at > steps.length) controller.close()
        else controller.enqueue(step)
      },
      cancel: () => {
        cancelled += 1
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, cancelled: () => cancelled }
}

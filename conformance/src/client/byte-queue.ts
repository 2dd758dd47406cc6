/** Bytes in the order they came: added at the end, taken from the front, each copied about once. */
export class ByteQueue {
  #buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  push(bytes: Buffer): void {
    const needed = this.#end + bytes.length
    if (needed > this.#buffer.length) this.#grow(bytes.length)
    bytes.copy(this.#buffer, this.#end)
    this.#end += bytes.length
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** All that is left, as it stands: no copy. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** What is taken is never written to again. */
  take(length: number): Buffer {
    const taken = this.bytes.subarray(0, length)
    this.#start += taken.length
    return taken
  }

  #grow(more: number): void {
    const left = this.bytes
    const next = Buffer.allocUnsafe(Math.max(2 * (left.length + more), 1024))
    left.copy(next)
    this.#buffer = next
    this.#start = 0
    this.#end = left.length
  }
}

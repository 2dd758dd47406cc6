/**
 * Bytes in the order they came: added at the end, taken from the front. They are joined only where
 * somebody looks at them, then each is copied about once.
 */
export class ByteQueue {
  #buffer: Buffer = NOTHING
  #start = 0
  #end = 0
  /** What came behind `#buffer`, not joined yet. */
  #later: Buffer[] = []
  #laterLength = 0

  /** Keeps the bytes, which must not be written to any more. */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#later.push(bytes)
    this.#laterLength += bytes.length
  }

  get length(): number {
    return this.#end - this.#start + this.#laterLength
  }

  /** All that is left, as it stands. */
  get bytes(): Buffer {
    this.#join(this.length)
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** At least so many bytes of the front, if there are. */
  front(length: number): Buffer {
    this.#join(length)
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** What is taken is never written to again. */
  take(length: number): Buffer {
    const taken = this.front(length).subarray(0, length)
    this.#start += taken.length
    return taken
  }

  /** Moves so many bytes to another queue, and joins nothing. */
  moveTo(other: ByteQueue, length: number): void {
    for (let left = Math.min(length, this.length); left > 0;) {
      if (this.#start === this.#end) this.#shift()
      const piece = this.#buffer.subarray(this.#start, Math.min(this.#start + left, this.#end))
      this.#start += piece.length
      left -= piece.length
      other.push(piece)
    }
  }

  clear(): void {
    this.#buffer = NOTHING
    this.#start = 0
    this.#end = 0
    this.#later = []
    this.#laterLength = 0
  }

  /** The front is used up: the next piece is the front. */
  #shift(): void {
    const next = this.#later.shift() ?? NOTHING
    this.#laterLength -= next.length
    this.#buffer = next
    this.#start = 0
    this.#end = next.length
  }

  /** Makes the front at least so long. */
  #join(length: number): void {
    if (this.#start === this.#end) this.#shift()
    let missing = Math.min(length, this.length) - (this.#end - this.#start)
    if (missing <= 0) return
    let pieces = 0
    let more = 0
    while (missing > 0) {
      const size = this.#later[pieces]?.length ?? 0
      missing -= size
      more += size
      pieces += 1
    }
    if (this.#end + more > this.#buffer.length) this.#grow(more)
    for (const piece of this.#later.splice(0, pieces)) {
      this.#end += piece.copy(this.#buffer, this.#end)
    }
    this.#laterLength -= more
  }

  #grow(more: number): void {
    const left = this.#buffer.subarray(this.#start, this.#end)
    const next = Buffer.allocUnsafe(Math.max(2 * (left.length + more), 1024))
    left.copy(next)
    this.#buffer = next
    this.#start = 0
    this.#end = left.length
  }
}

const NOTHING = Buffer.alloc(0)

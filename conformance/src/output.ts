/** Most characters kept. */
const KEPT = 4 * 1024 * 1024

/** Pieces are put together up to this length. */
const PIECE = 64 * 1024

/** What a process has written. Positions count from its start, also when the beginning is not kept. */
export class Output {
  readonly #pieces: string[] = []
  #kept = 0
  #written = 0

  append(text: string): void {
    const last = this.#pieces.length - 1
    const piece = this.#pieces[last]
    if (piece === undefined || piece.length > PIECE) this.#pieces.push(text)
    else this.#pieces[last] = piece + text
    this.#kept += text.length
    this.#written += text.length
    while (this.#kept > KEPT && this.#pieces.length > 1) {
      this.#kept -= this.#pieces.shift()?.length ?? 0
    }
  }

  /** How much it has written, kept or not. */
  get length(): number {
    return this.#written
  }

  /** What is kept of the part between two positions. */
  slice(from = 0, to = this.#written): string {
    const dropped = this.#written - this.#kept
    const [start, end] = [Math.max(from - dropped, 0), Math.max(to - dropped, 0)]
    return this.#pieces.join('').slice(start, end)
  }

  /** Where the first line that has `text` begins, from a position on. */
  lineWith(text: string, from: number): number | undefined {
    const kept = this.slice(from)
    const found = kept.indexOf(text)
    if (found === -1) return undefined
    return this.#written - kept.length + kept.lastIndexOf('\n', found) + 1
  }

  /** The last lines of it. */
  lastLines(count: number): string {
    return this.slice(this.#written - PIECE)
      .trimEnd()
      .split('\n')
      .slice(-count)
      .map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line))
      .join('\n')
  }
}

/** Most characters of a line that is quoted. */
const LONGEST = 500

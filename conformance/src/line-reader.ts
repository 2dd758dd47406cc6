/** Text as it comes, cut into lines; longer ones are joined once, when they are whole. */
export class LineReader {
  /** No message of a probe is longer: the largest body of a case is far smaller. */
  static readonly LONGEST = 32 * 1024 * 1024
  readonly #pieces: string[] = []
  #length = 0

  /** The lines that `text` has completed. */
  read(text: string): readonly string[] {
    const lines: string[] = []
    for (const [index, piece] of text.split('\n').entries()) {
      if (index > 0) lines.push(this.#take())
      this.#pieces.push(piece)
      this.#length += piece.length
    }
    return lines
  }

  /** Whether the line that is not whole yet is too long already. */
  get overlong(): boolean {
    return this.#length > LineReader.LONGEST
  }

  /** What has come of the line that is not whole yet. */
  get rest(): string {
    return this.#pieces.join('')
  }

  #take(): string {
    const line = this.rest
    this.#pieces.length = 0
    this.#length = 0
    return line
  }
}

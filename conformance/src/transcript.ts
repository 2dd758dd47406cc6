/** What went over both ends of one case, in order. */
export interface Entry {
  /** Milliseconds since the case began. */
  readonly at: number
  readonly who: string
  readonly text: string
}

const LONGEST = 2000
const MOST = 400

export class Transcript {
  readonly entries: Entry[] = []
  readonly #began = performance.now()

  bytes(who: string, direction: 'out' | 'in', bytes: Buffer): void {
    if (this.entries.length > MOST) return
    this.note(`${who} ${direction === 'out' ? '→' : '←'}`, readable(bytes))
  }

  note(who: string, text: string): void {
    if (this.entries.length === MOST) {
      this.entries.push({ at: this.#now(), who: 'suite', text: 'the rest is left out' })
    }
    if (this.entries.length >= MOST) return
    const short =
      text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text
    this.entries.push({ at: this.#now(), who, text: short })
  }

  #now(): number {
    return Math.round((performance.now() - this.#began) * 10) / 10
  }
}

function readable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, LONGEST))
    .slice(1, -1)
    .replaceAll('\\r\\n', '\\r\\n\n')
    .replaceAll('\\"', '"')
}

/** Stands for a database. It must be closed, and not before everything is in it. */
export class Notebook {
  readonly #lines: string[] = []
  #isOpen = true

  get lines(): readonly string[] {
    return this.#lines
  }

  async save(line: string): Promise<void> {
    if (!this.#isOpen) throw new Error(`the notebook is closed: ${line}`)
    this.#lines.push(line)
  }

  async close(): Promise<void> {
    await this.save('closed')
    this.#isOpen = false
  }
}

/** Stands for a database: something to open once, share, and close. */
export class VisitStore {
  readonly #visits = new Map<string, number>()
  #open = true

  static async open(): Promise<VisitStore> {
    return new VisitStore()
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Counts a visit, and says the how manieth it is. */
  async count(path: string): Promise<number> {
    if (!this.#open) throw new Error('the store is closed')
    const visits = (this.#visits.get(path) ?? 0) + 1
    this.#visits.set(path, visits)
    return visits
  }

  async close(): Promise<void> {
    this.#open = false
  }
}

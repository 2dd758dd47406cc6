const texts: string[] = []
const listeners = new Set<() => void>()

/** What was said, in order. */
export const messages = {
  all: (): readonly string[] => texts,

  /** @returns how many there are now */
  add(text: string): number {
    texts.push(text)
    for (const wake of listeners) wake()
    return texts.length
  },

  /** Everything there is, then everything new, until the signal aborts. */
  async *follow(signal: AbortSignal): AsyncGenerator<string> {
    for (let next = 0; ;) {
      for (; next < texts.length; next += 1) yield texts[next] ?? ''
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          listeners.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        listeners.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
  },
}

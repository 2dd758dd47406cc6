const duties = new Set<() => void>()

process.on('exit', () => {
  for (const duty of duties) duty()
})

/**
 * What must not be left undone when the suite ends, however that comes about.
 *
 * @returns call it when the duty is done
 */
export function atExit(duty: () => void): () => void {
  duties.add(duty)
  return () => void duties.delete(duty)
}

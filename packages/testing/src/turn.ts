/**
 * Lets everything run that is ready, and what that makes ready: all promises, and one turn of the event
 * loop. Takes no time, and no fake timers stop it.
 */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const arrived = (): void => {
      port1.close()
      resolve()
    }
    Reflect.set(port1, 'onmessage', arrived) // the types of Node and of the web disagree about it
    port2.postMessage(undefined)
  })

// As they were when this was loaded: fake timers of a test framework come later.
const { setTimeout, clearTimeout } = globalThis

/** Whether the work ends within so many milliseconds, of real time; 0: within a turn. */
export const endsWithin = async (
  milliseconds: number,
  work: Promise<unknown>,
): Promise<boolean> => {
  let ended = false
  const mark = (): void => {
    ended = true
  }
  const done = work.then(mark, mark)
  await turn()
  if (ended || milliseconds === 0) return ended
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([done, expired])
  clearTimeout(timer)
  return ended
}

// One listener for the end of the process, however many logs there are; none while there is none.

const parting = new Set<() => void>()

const onExit = (): void => {
  for (const part of parting) part()
}

/** Calls back when the process ends without more ado, for what can be done at once. */
export const atExit = (part: () => void): void => {
  if (parting.size === 0) process.on('exit', onExit)
  parting.add(part)
}

export const notAtExit = (part: () => void): void => {
  parting.delete(part)
  if (parting.size === 0) process.off('exit', onExit)
}

/** So many turns of the event loop, for what is under way to be done. */
export const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Turns until this is so; the test's timeout is the bound. */
export const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turns(1)
}

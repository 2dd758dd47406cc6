/** One cell of a send table: where an event leads from a state, or `R`. */
export interface Cell<Event extends string, State extends string> {
  readonly event: Event
  readonly from: State
  readonly to: State | 'R'
}

export type Table<Event extends string, State extends string> = Readonly<
  Record<Event, Readonly<Record<State, State | 'R'>>>
>

/** Every cell of a table, row by row. */
export const cellsOf = <Event extends string, State extends string>(
  events: readonly Event[],
  states: readonly State[],
  table: Table<Event, State>,
): Cell<Event, State>[] =>
  events.flatMap((event) => states.map((from) => ({ event, from, to: table[event][from] })))

/**
 * Makes a frozen list of the members of a union; leaving one out does not compile:
 * `everyOf<'a' | 'b'>()(['a', 'b'])`.
 */
export function everyOf<T extends string>(): <const List extends readonly T[]>(
  list: List & Complete<T, List>,
) => readonly T[] {
  return (list) => Object.freeze(list)
}

type Complete<T, List extends readonly T[]> = [T] extends [List[number]]
  ? unknown
  : { readonly missing: Exclude<T, List[number]> }

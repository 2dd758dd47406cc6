/** Lists that must name every member of a union. Checked by `tsc`, never run. */

import { everyOf } from '../src/every-of.ts'

export const all: readonly ('a' | 'b')[] = everyOf<'a' | 'b'>()(['a', 'b'])
// @ts-expect-error b is missing
export const some: readonly ('a' | 'b')[] = everyOf<'a' | 'b'>()(['a'])
// @ts-expect-error c is unknown
export const more: readonly ('a' | 'b')[] = everyOf<'a' | 'b'>()(['a', 'b', 'c'])

/**
 * The vocabulary of `fields.ts`: what a rule for one field says, and the types that hold the table
 * to the event types, so that a missing, an extra or a wrong field does not compile.
 */

import type { BytesInput, Flag, HeaderList, Protocols } from './common.ts'
import type { DisconnectReason } from './connection.ts'
import type { HttpFullflushEvent } from './extensions.ts'
import type { BodySource } from './http.ts'

/** What the rules of every kind say. */
export interface FieldBase {
  /** Whether absent, `undefined` and `null` are errors (CORE-27). */
  readonly required: boolean
  /** The requirement that rules this field. */
  readonly rule: string
}

/** `true`, `false`, `1` or `0`; received: a boolean (CORE-15). */
export interface FlagField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'flag'
  /** What an absent flag means. */
  readonly default?: boolean
}

/** Both ends included. */
export type Range = readonly [min: number, max: number]

/** A safe integer; no fraction, no `bigint`, no numeric string (CORE-14). */
export interface IntegerField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'integer'
  /** Where the value must lie: in one of these. */
  readonly ranges: readonly Range[]
  /** What holds instead of `ranges` on some scope types. */
  readonly rangesOn?: { readonly [T in keyof Protocols]?: readonly Range[] }
  /** What the number counts, if anything. */
  readonly unit?: 'bytes' | 'milliseconds'
  /** What an absent value means. */
  readonly default?: number
}

/** A finite number, fractions allowed (CORE-14). */
export interface NumberField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'number'
  /** The least allowed value. */
  readonly min: number
  /** What the number counts. */
  readonly unit: 'seconds'
  /** What an absent value means. */
  readonly default?: number
}

/** A well-formed string: no lone surrogate (SSE-10, WS-13). */
export interface TextField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'text'
  /** Characters that must not occur. */
  readonly forbidden?: readonly string[]
  /** Longest allowed UTF-8, in bytes. */
  readonly maxBytes?: number
  /** What an absent text means. */
  readonly default?: string
}

/** A `DisconnectReason` (CONN-31). Received only. */
export interface TokenField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'token'
  /** There is none. */
  readonly default?: never
}

/** An array of `[name, value]` pairs of byte strings, names in lower case (HTTP-02, HTTP-36). */
export interface HeadersField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'headers'
  /** Names that reject; one that ends in `*` stands for every name with that beginning. */
  readonly forbidden?: readonly string[]
  /** What absent headers mean. */
  readonly default?: HeaderList
}

/** `Uint8Array`, `ArrayBuffer` or well-formed text to send as UTF-8; received: a `Uint8Array` (CORE-44). */
export interface BytesField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'bytes'
  /** What absent bytes mean. */
  readonly default?: BytesInput
}

/** An absolute path, or a `URL` object of the scheme `file:` (HTTP-52). */
export interface FileRefField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'fileRef'
  /** There is none. */
  readonly default?: never
}

/** A `BodySource` (HTTP-53). */
export interface BodySourceField extends FieldBase {
  /** Tells the rules apart. */
  readonly kind: 'bodySource'
  /** There is none. */
  readonly default?: never
}

/** What one field of an event may hold. A rule without `default` has no value when it is absent. */
export type FieldRule =
  | FlagField
  | IntegerField
  | NumberField
  | TextField
  | TokenField
  | HeadersField
  | BytesField
  | FileRefField
  | BodySourceField

/** Fields of one event that exclude each other. */
export interface FieldChoice<Field extends string = string> {
  /** At most one of these may have a value. */
  readonly fields: readonly Field[]
  /** Whether one of them must. */
  readonly required: boolean
  /** The requirement that rules the choice. */
  readonly rule: string
}

/** An event that some protocol of this version sends, the ones of extensions included. */
export type StandardSendEvent = Protocols[keyof Protocols][2] | HttpFullflushEvent

/** An event that some protocol of this version receives. */
export type StandardReceiveEvent = Protocols[keyof Protocols][1]

/** Event type -> field -> rule, for every event of a union. */
export type FieldTable<Event extends { type: string }> = {
  readonly [Type in Event['type']]: FieldRules<Extract<Event, { type: Type }>>
}

/** The names of the fields of an event, or of several of one type. */
export type FieldName<Event> = Exclude<Event extends unknown ? keyof Event : never, 'type'>

/** Field -> rule, for one event type. */
export type FieldRules<Event> = [FieldName<Event>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [Field in FieldName<Event>]: RuleFor<Event, Field> }

// A field is required when every form of the event has it.
type RuleFor<Event, Field extends PropertyKey> = KindFor<ValueOf<Event, Field>> &
  (false extends RequiredIn<Event, Field>
    ? { readonly required: false }
    : { readonly required: true; readonly default?: never })

type RequiredIn<Event, Field extends PropertyKey> =
  Event extends Record<Field, unknown> ? true : false

type ValueOf<Event, Field extends PropertyKey> = Event extends unknown
  ? Field extends keyof Event
    ? NonNullable<Event[Field]>
    : never
  : never

// From narrow to wide: a token is a string, and a string is bytes.
type KindFor<Value> = [Value] extends [Flag]
  ? FlagField
  : [Value] extends [number]
    ? IntegerField | NumberField
    : [Value] extends [HeaderList]
      ? HeadersField
      : [Value] extends [DisconnectReason]
        ? TokenField
        : [Value] extends [string]
          ? TextField
          : [Value] extends [BytesInput]
            ? BytesField
            : [Value] extends [string | URL]
              ? FileRefField
              : [Value] extends [BodySource]
                ? BodySourceField
                : never

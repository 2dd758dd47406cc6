/** The shape of a case, as schema/cases.json checks it and docs/writing-cases.md explains it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export type Level = 'must' | 'should'

/** What a rule rests on, and so who is judged by it. */
export const GROUPS = ['core', 'release-notes', 'server-notes', 'decision', 'own'] as const
export type Group = (typeof GROUPS)[number]

/** A file of suite/. */
export interface CaseFile {
  readonly about: string
  readonly fragments?: Readonly<Record<string, readonly RawStep[]>>
  /** Lists of variants, which `each` of a case may name. */
  readonly lists?: Readonly<Record<string, readonly JsonObject[]>>
  readonly cases: readonly RawCase[]
}

/** A step before its variables are filled in. */
export type RawStep = JsonObject

/** A case before it is multiplied by `each`. */
export interface RawCase {
  readonly id: string
  readonly title: string
  readonly requirements: readonly string[]
  readonly level?: Level
  readonly group?: Group
  readonly binding?: string
  readonly needs?: readonly string[]
  readonly server?: ServerSettings
  readonly each?: readonly (JsonObject | string)[]
  readonly timeout?: number
  readonly steps: readonly RawStep[]
}

export interface ServerSettings {
  readonly options?: Readonly<Record<string, Json>>
  readonly lifespan?: 'accept' | 'manual' | 'decline'
  readonly app?: string
  readonly shared?: boolean
}

/** A case that can be run. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly requirements: readonly string[]
  readonly level: Level
  readonly group: Group
  readonly binding?: string
  readonly needs: readonly string[]
  readonly server?: ServerSettings
  readonly timeout: number
  readonly steps: readonly Step[]
}

interface Common {
  readonly match?: Json
  readonly save?: string | JsonObject
}

export type Pairs = readonly (readonly [string, string])[]

export interface ClientStep extends Common {
  readonly client: string
  readonly on?: string
  readonly text?: string | readonly string[]
  readonly bytes?: Json
  readonly split?: boolean
  readonly method?: string
  readonly path?: string
  readonly version?: string
  readonly headers?: Readonly<Record<string, string>> | Pairs
  readonly host?: boolean
  readonly body?: Json
  readonly chunks?: readonly Json[]
  readonly open?: boolean
  readonly interim?: boolean
  readonly 'server-made'?: boolean
  readonly least?: number
  readonly how?: 'fin' | 'reset'
  readonly ms?: number
  readonly protocols?: readonly string[]
  readonly key?: string
  readonly opcode?: string | number
  readonly code?: number
  readonly reason?: string
  readonly fin?: boolean
  readonly rsv?: number
  readonly masked?: boolean
  readonly length?: number
  readonly skip?: readonly string[]
  readonly optional?: boolean
}

export interface AppStep extends Common {
  readonly app: string
  /** The application a step speaks to; for `settled`, `called` and their like the step it is about. */
  readonly of?: string | readonly string[]
  readonly as?: string
  readonly in?: string
  readonly process?: string
  readonly event?: Json
  readonly rejects?: Json
  readonly facts?: Json
  readonly thrown?: boolean
  readonly until?: boolean
  readonly withdrawable?: boolean
  readonly withdrawn?: boolean
  readonly all?: boolean
  readonly body?: Json
  readonly args?: Json
  readonly during?: string | null
  readonly times?: number
  readonly fails?: Json
  readonly then?: readonly JsonObject[]
  readonly for?: string
  readonly detail?: string
  readonly value?: Json
  readonly message?: string
  readonly do?: readonly AppStep[]
  readonly set?: Json
  readonly delete?: Json
  readonly put?: Json
  readonly name?: string
  readonly kind?: string
  readonly path?: Json
  readonly bytes?: Json
  readonly chunks?: Json
  readonly ms?: number
  readonly ok?: boolean
}

export interface ServerStep extends Common {
  readonly server: string
  readonly signal?: string
  readonly ms?: number
  readonly code?: Json
}

export type Step = ClientStep | AppStep | ServerStep

// What the applications of this folder tell the suite: how often `toApp` was called, and which load
// of the module this is.
import { randomUUID } from 'node:crypto'
import { probe } from '../probe.mjs'

const load = randomUUID()

/** The probe, with these facts in the scope it reports. `facts` is asked at each call. */
export const told = (facts) => (scope, receive, send) =>
  probe({ ...scope, 'suite.load': load, ...facts() }, receive, send)

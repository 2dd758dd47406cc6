/** What a server must have for a case, as far as its steps and its rules say. */

import type { Case, Step } from './case.ts'
import { isObject } from './values.ts'

const OF_SCOPE = ['websocket', 'sse', 'lifespan']

/** Features a case needs without naming them in `needs`. */
export function featuresOf(one: Case): ReadonlySet<string> {
  const features = new Set<string>()
  for (const id of one.requirements) {
    if (id.startsWith('SSE')) features.add('sse')
    if (id.startsWith('WS')) features.add('websocket')
    if (id.startsWith('LIFE')) features.add('lifespan')
  }
  if (one.server?.lifespan === 'manual') features.add('lifespan')
  for (const step of one.steps) {
    const feature = featureOf(step)
    if (feature !== undefined) features.add(feature)
  }
  return features
}

function featureOf(step: Step): string | undefined {
  if ('client' in step) {
    if (step.client === 'handshake') return 'websocket'
    return step.version === '1.0' ? 'http/1.0' : undefined
  }
  if ('server' in step) return step.server === 'stop' ? 'signals' : undefined
  const { app, match } = step
  if (app !== 'scope' || !isObject(match)) return undefined
  return OF_SCOPE.find((type) => type === match['type'])
}

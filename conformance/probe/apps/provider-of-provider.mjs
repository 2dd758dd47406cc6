// A provider whose `toApp` returns another provider, and no function.
import { probe } from '../probe.mjs'

export default { toApp: () => ({ toApp: () => probe }) }

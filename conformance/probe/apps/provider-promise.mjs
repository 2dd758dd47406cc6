// A provider whose `toApp` promises a function, which is none.
import { probe } from '../probe.mjs'

export default { toApp: async () => probe }

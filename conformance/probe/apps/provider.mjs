// A provider object: its application is what `toApp` returns.
import { told } from './told.mjs'

let calls = 0

export default {
  toApp() {
    calls += 1
    return told(() => ({ 'suite.to_app': calls }))
  },
}

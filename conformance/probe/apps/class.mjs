// A class is no provider, even if a call of its `toApp` would give an application.
import { probe } from '../probe.mjs'

export default class Provider {
  static toApp = () => probe

  toApp() {
    return probe
  }
}

// An instance of a class: `toApp` comes from the class, and needs the instance.
import { told } from './told.mjs'

class Provider {
  #calls = 0

  toApp() {
    this.#calls += 1
    return told(() => ({ 'suite.to_app': this.#calls }))
  }
}

export default new Provider()

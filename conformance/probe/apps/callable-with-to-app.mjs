// A function that carries a `toApp`: it is the application, and its `toApp` is not asked.
import { told } from './told.mjs'

let calls = 0

const app = told(() => ({ 'suite.to_app': calls, 'suite.made': false }))
app.toApp = () => {
  calls += 1
  return told(() => ({ 'suite.to_app': calls, 'suite.made': true }))
}

export default app

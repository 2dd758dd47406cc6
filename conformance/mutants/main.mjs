// `node conformance/mutants/main.mjs …`, once everything is built.
import { main } from './run.mjs'

await main(process.argv.slice(2))

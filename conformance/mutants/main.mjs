// `node conformance/mutants/main.mjs …`, once everything is built.
import { main } from './run.mjs'

await main(process.argv.slice(2))
// Once the output is out. (Node 20 may spin for ever where it ends by itself while a socket of a case
// has not finished closing.)
for (const stream of [process.stdout, process.stderr])
  await new Promise((done) => stream.write('', done))
process.exit()

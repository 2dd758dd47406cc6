/** `pagi-conformance`. */

import { main } from './main.ts'

// A reader who has seen enough (`| head`) ends neither the run nor its reports.
process.stdout.on('error', () => undefined)

process.exitCode = await main(process.argv.slice(2), process)

// Whatever an application or a server under test has left open, the program ends: once its output is
// out. (Node 20 may spin for ever where it ends by itself while a socket has not finished closing.)
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((done) => stream.write('', () => done()))
process.exit()

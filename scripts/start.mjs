// `npm start`: builds what changed and serves the welcome example, in this very process: between
// npm and the server nobody may stand who would take part in a Ctrl-C.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildChanged } from './setup/build.mjs'
import { root } from './setup/pnpm.mjs'
import { withNeeds, workspace } from './setup/workspace.mjs'

const SERVER = '@pagi/server'
const EXAMPLE = 'examples/welcome'

/** @param {readonly string[]} args options of pagi-server */
export async function main(args) {
  const packages = workspace()
  const example = packages.filter(({ path }) => path === EXAMPLE)
  buildChanged(withNeeds(packages, [SERVER, ...example.map(({ manifest }) => manifest.name)]))
  const server = packages.find(({ manifest }) => manifest.name === SERVER)
  const bin = server?.manifest.bin?.['pagi-server']
  if (server === undefined || bin === undefined) throw new Error(`no pagi-server in ${SERVER}`)
  const cli = join(server.folder, bin)
  process.chdir(root)
  process.argv = [process.execPath, cli, `${EXAMPLE}/app.ts`, ...args]
  await import(pathToFileURL(cli).href)
}

// `npm run test:nodes`: the packages as npm would have them, installed into empty folders outside the
// repository and used on every supported line of Node. And one mutant of each family of rules, which
// `npm test` has no time for.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKS, NO_OP_CHECK, SUITE_CHECK, TYPE_CHECKS } from './nodes/checks.mjs'
import { LINES, getNode } from './nodes/node.mjs'
import { Report } from './nodes/report.mjs'
import { BEGINNINGS, furnish } from './nodes/site.mjs'
import { buildChanged } from './setup/build.mjs'
import { pack } from './setup/pack.mjs'
import { root } from './setup/pnpm.mjs'
import { each, run } from './setup/run.mjs'
import { workspace } from './setup/workspace.mjs'

/** @typedef {import('./nodes/site.mjs').Site} Site */

/**
 * @param {string} folder a temporary one
 * @param {Report} report
 */
async function checkAll(folder, report) {
  buildChanged(workspace())
  const packed = await pack(folder)
  const names = packed.map(({ name }) => name)
  console.log(`packed ${names.join(', ')}`)

  const nodes = LINES.flatMap((line) => {
    const node = getNode(line)
    if (node === undefined) report.notRun(`node ${line}`, 'it could not be fetched with npm')
    return node === undefined ? [] : [node]
  })
  /** @type {Site[]} */
  const sites = []
  const work = nodes.flatMap((node) => BEGINNINGS.map((beginning) => ({ node, beginning })))
  await each(work, async ({ node, beginning }) => {
    const name = `${node.name}, ${beginning}`
    /** @type {Site} */
    const site = { name, node, folder: join(folder, name.replaceAll(/[^\w.]+/g, '-')) }
    const installed = await report.check(`${name}: npm install`, () =>
      furnish(site, beginning, packed),
    )
    if (!installed) return
    if (beginning === BEGINNINGS[0]) sites.push(site)
    const types = node === nodes[0] ? TYPE_CHECKS : []
    for (const { name: what, check } of [...CHECKS, ...types]) {
      await report.check(`${name}: ${what}`, () => check(site, names))
    }
  })
  for (const site of sites) {
    // `npm test` has run the suite on this one.
    if (site.node.program === process.execPath) continue
    await report.check(`${site.node.name}: ${SUITE_CHECK.name}`, () =>
      SUITE_CHECK.check(site, names),
    )
  }
  const [first] = sites
  if (first === undefined) return
  await report.check(`${first.node.name}: ${NO_OP_CHECK.name}`, () =>
    NO_OP_CHECK.check(first, names),
  )
  await report.check('one mutant of each family is caught', async () => {
    const program = join(root, 'conformance', 'mutants', 'main.mjs')
    const { ok, output } = await run(process.execPath, [program, '--one-each'])
    if (!ok) throw new Error(output)
    console.log(output.trim().split('\n').at(-1))
  })
}

export async function main() {
  const report = new Report()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pagi-nodes-')))
  try {
    await checkAll(folder, report)
  } catch (error) {
    await report.check('test:nodes', () => Promise.reject(error))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  report.close()
}

// `npm run test:mutants [ids, requirements or globs] [--whole] [--one-each] [--lanes N]`.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSuite, readTarget, Requirements, runCases } from '../dist/index.js'
import { Site } from './site.mjs'

/**
 * @typedef Mutant
 * @property {string} id
 * @property {string} requirement
 * @property {string} breaks
 * @property {string} in
 * @property {string} find
 * @property {string} replace
 * @property {string} [survives]
 */

const folder = fileURLToPath(new URL('.', import.meta.url))
const targetFile = fileURLToPath(new URL('../../pagi-conformance.json', import.meta.url))

/** A failing case waits in vain; the good ones are far quicker. */
const TIMEOUT = 1500

/** @returns {readonly Mutant[]} */
export const mutants = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))

/** @param {string} id */
const family = (id) => id.slice(0, id.indexOf('-'))

/**
 * @param {readonly Mutant[]} all
 * @param {readonly string[]} patterns
 */
function chosen(all, patterns) {
  if (patterns.length === 0) return all
  const tests = patterns.map((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`))
  return all.filter(({ id, requirement }) =>
    tests.some((test) => test.test(id) || test.test(requirement)),
  )
}

/** The first mutant of each family. @param {readonly Mutant[]} all */
export function oneOfEach(all) {
  const families = new Map()
  for (const one of all) {
    if (!families.has(family(one.requirement))) families.set(family(one.requirement), one)
  }
  return [...families.values()]
}

/**
 * What becomes of one mutant.
 *
 * @param {Mutant} mutant
 * @param {Site} site
 * @param {boolean} whole
 */
export async function judge(mutant, site, whole) {
  const fault = site.apply(mutant)
  if (fault !== undefined) return { mutant, verdict: 'invalid', detail: fault }
  try {
    const suite = readSuite(new Requirements())
    const told = readTarget(targetFile)
    const target = {
      ...told,
      command: told.command.map((word) => (word.endsWith('pagi-server.js') ? site.server : word)),
    }
    const quick = suite.cases.map((one) => ({ ...one, timeout: Math.min(one.timeout, TIMEOUT) }))
    const about = quick.filter((one) => one.requirements.includes(mutant.requirement))
    /** @param {typeof quick} cases @param {(result: { verdict: string }) => boolean} goOn */
    const run = (cases, goOn) =>
      runCases({ target, suite, cases, lanes: 1, repeat: 1, probePort: 0, onResult() {}, goOn })
    const own = await run(about, ({ verdict }) => verdict !== 'failed')
    const killer = own.find(({ verdict }) => verdict === 'failed')
    if (killer === undefined) {
      const detail = about.length === 0 ? 'no case is about its rule' : `${about.length} cases pass`
      return { mutant, verdict: 'survived', detail }
    }
    if (!whole) return { mutant, verdict: 'killed', detail: killer.case.id }
    const most = Math.floor(quick.length / 10)
    let failed = 0
    await run(quick, ({ verdict }) => {
      failed += Number(verdict === 'failed' || verdict === 'error')
      return failed <= most
    })
    if (failed > most) return { mutant, verdict: 'coarse', detail: `over ${most} cases fail` }
    return { mutant, verdict: 'killed', detail: `${killer.case.id}; ${failed} cases fail` }
  } finally {
    site.restore()
  }
}

/** @param {readonly string[]} args */
export async function main(args) {
  const whole = args.includes('--whole')
  const patterns = args.filter((arg) => !arg.startsWith('--'))
  const all = chosen(mutants(), patterns)
  const queue = [...(args.includes('--one-each') ? oneOfEach(all) : all)]
  const total = queue.length
  /** @type {Record<string, number>} */
  const counts = { killed: 0, survived: 0, coarse: 0, invalid: 0, excused: 0 }
  const work = async () => {
    const site = new Site()
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const { verdict, detail } = await judge(mutant, site, whole)
        const excused = verdict === 'survived' && mutant.survives !== undefined
        const word = excused ? 'excused' : verdict
        counts[word] = (counts[word] ?? 0) + 1
        console.log(
          `${word.padEnd(9)} ${mutant.requirement.padEnd(8)} ${mutant.id}: ${mutant.breaks} (${excused ? mutant.survives : detail})`,
        )
      }
    } finally {
      site.remove()
    }
  }
  await Promise.all([work(), work()])
  const families = new Set(all.map(({ requirement }) => family(requirement)))
  console.log(
    `${total} mutants in ${families.size} families: ${counts['killed']} killed by a case of their own rule, ${counts['excused']} survive for a written reason, ${counts['survived']} survived, ${counts['coarse']} too coarse, ${counts['invalid']} invalid`,
  )
  const bad = (counts['survived'] ?? 0) + (counts['coarse'] ?? 0) + (counts['invalid'] ?? 0)
  if (bad > 0 || total === 0) process.exitCode = 1
}

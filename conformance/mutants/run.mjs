// `npm run test:mutants [ids, requirements or globs] [--whole] [--one-each] [--lanes N] [--check]`.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
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

/** A failing case waits in vain; the good ones are far quicker. Milliseconds. */
const TIMEOUT = 1500
/** The same where the question is only how many fail: one that waits too briefly counts against the mutant. */
const SHORT_TIMEOUT = 400
/** One in how many cases is asked whether a mutant is too coarse. */
const SAMPLE = 24

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

/** @typedef {'killed' | 'survived' | 'coarse' | 'invalid' | 'excused'} Verdict */

/** What a mutant's judge needs. */
class Bench {
  #suite = readSuite(new Requirements())
  #target = readTarget(targetFile)
  #signal

  /** @param {AbortSignal} signal ends every server that is being tested */
  constructor(signal) {
    this.#signal = signal
  }

  get cases() {
    return this.#suite.cases
  }

  /**
   * @param {Site} site
   * @param {readonly import('../dist/index.js').Case[]} cases
   * @param {number} timeout most milliseconds a step may wait
   * @param {(result: import('../dist/index.js').Result) => boolean} goOn
   */
  run(site, cases, timeout, goOn) {
    return runCases({
      target: {
        ...this.#target,
        command: this.#target.command.map((word) =>
          word.endsWith('pagi-server.js') ? site.server : word,
        ),
      },
      suite: this.#suite,
      cases: cases.map((one) => ({ ...one, timeout: Math.min(one.timeout, timeout) })),
      lanes: 1,
      repeat: 1,
      probePort: 0,
      signal: this.#signal,
      onResult() {},
      goOn,
    })
  }

  /**
   * The first of these cases that the mutant fails.
   *
   * @param {Site} site
   * @param {Mutant} mutant
   * @param {readonly import('../dist/index.js').Case[]} cases
   */
  async killer(site, mutant, cases) {
    let left = cases
    while (left.length > 0) {
      const results = await this.run(site, left, TIMEOUT, ({ verdict }) => verdict !== 'failed')
      const found = results.find(({ verdict }) => verdict === 'failed')
      if (found === undefined) return undefined
      if (await this.#proves(site, mutant, found.case)) return found.case
      const done = new Set(results.map((result) => result.case.id))
      left = left.filter(({ id }) => !done.has(id))
    }
    return undefined
  }

  /**
   * On a busy machine any case may take too long: this one has to fail with all its time, too, and
   * to pass without the mutant, at the second go if need be.
   *
   * @param {Site} site
   * @param {Mutant} mutant
   * @param {import('../dist/index.js').Case} one
   */
  async #proves(site, mutant, one) {
    if (!(await this.#fails(site, one))) return false
    site.restore()
    const passes = !(await this.#fails(site, one)) || !(await this.#fails(site, one))
    site.apply(mutant)
    return passes
  }

  /** @param {Site} site @param {import('../dist/index.js').Case} one */
  async #fails(site, { id }) {
    const whole = this.cases.filter((other) => other.id === id)
    const [result] = await this.run(site, whole, Infinity, () => true)
    return result?.verdict === 'failed'
  }

  /**
   * How many of these cases fail, counted until there are more than allowed.
   *
   * @param {Site} site
   * @param {readonly import('../dist/index.js').Case[]} cases
   * @param {number} most
   */
  async failures(site, cases, most) {
    let failed = 0
    await this.run(site, cases, SHORT_TIMEOUT, ({ verdict }) => {
      failed += Number(verdict === 'failed' || verdict === 'error')
      return failed <= most
    })
    return failed
  }
}

/**
 * What becomes of one mutant.
 *
 * @param {Mutant} mutant
 * @param {Site} site
 * @param {Bench} bench
 * @param {boolean} whole
 * @returns {Promise<{ verdict: Verdict, detail: string }>}
 */
async function judge(mutant, site, bench, whole) {
  const fault = site.apply(mutant)
  if (fault !== undefined) return { verdict: 'invalid', detail: fault }
  try {
    const about = bench.cases.filter((one) => one.requirements.includes(mutant.requirement))
    const killer = await bench.killer(site, mutant, about)
    if (killer === undefined) {
      if (mutant.survives !== undefined) return { verdict: 'excused', detail: mutant.survives }
      const detail = about.length === 0 ? 'no case is about its rule' : `${about.length} cases pass`
      return { verdict: 'survived', detail }
    }
    const coarse = await tooCoarse(site, bench, whole)
    return coarse === undefined
      ? { verdict: 'killed', detail: killer.id }
      : { verdict: 'coarse', detail: coarse }
  } catch (error) {
    return { verdict: 'invalid', detail: error instanceof Error ? error.message : String(error) }
  } finally {
    site.restore()
  }
}

/**
 * Whether more than a tenth of all cases fail. Those of the server that most cases share are quick:
 * with few failures among them the others could all fail. Where not the whole suite is wanted, every
 * twenty-fourth part of them is asked, and all only where more than one in twenty of these fail.
 *
 * @param {Site} site
 * @param {Bench} bench
 * @param {boolean} whole
 */
async function tooCoarse(site, bench, whole) {
  const { cases } = bench
  const most = Math.floor(cases.length / 10)
  const shared = cases.filter(({ server }) => server === undefined)
  const others = cases.filter(({ server }) => server !== undefined)
  if (!whole) {
    const sample = shared.filter((_, index) => index % SAMPLE === 0)
    const few = Math.floor(sample.length / 20)
    const many = Math.floor(sample.length / 5)
    const failed = await bench.failures(site, sample, many)
    if (failed <= few) return undefined
    if (failed > many) return `more than ${many} of ${sample.length} cases fail`
  }
  const failed = await bench.failures(site, shared, most)
  if (failed + others.length <= most) return undefined
  const rest = failed > most ? 0 : await bench.failures(site, others, most - failed)
  return failed + rest > most ? `more than ${most} of ${cases.length} cases fail` : undefined
}

/** A line for each family: how many of its mutants were caught. */
class Score {
  /** @type {Map<string, Verdict[]>} */
  #families = new Map()

  /** @param {Mutant} mutant @param {Verdict} verdict */
  add(mutant, verdict) {
    const name = family(mutant.requirement)
    const known = this.#families.get(name) ?? []
    known.push(verdict)
    this.#families.set(name, known)
  }

  /** @param {Verdict} [verdict] */
  count(verdict) {
    const all = [...this.#families.values()].flat()
    return verdict === undefined ? all.length : all.filter((one) => one === verdict).length
  }

  print() {
    for (const [name, verdicts] of [...this.#families].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const killed = verdicts.filter((verdict) => verdict === 'killed').length
      console.log(`${name.padEnd(8)} ${String(killed).padStart(3)} of ${verdicts.length} killed`)
    }
    console.log(
      `${this.count()} mutants in ${this.#families.size} families: ${this.count('killed')} killed by a case of their own rule, ${this.count('excused')} survive for a written reason, ${this.count('survived')} survived, ${this.count('coarse')} too coarse, ${this.count('invalid')} invalid`,
    )
  }
}

/** @param {string | undefined} given */
function laneCount(given) {
  // A lane waits most of its time for what a mutant does not do.
  if (given === undefined) return Math.min(availableParallelism() * 2, 8)
  const lanes = Number(given)
  if (Number.isInteger(lanes) && lanes >= 1 && lanes <= 64) return lanes
  throw new Error(`--lanes: expected a number from 1 to 64, got ${JSON.stringify(given)}`)
}

/** Whether each can be made of the build as it is; runs no server. @param {readonly Mutant[]} all */
function check(all) {
  const site = new Site()
  try {
    const invalid = all.filter((mutant) => {
      const fault = site.apply(mutant)
      site.restore()
      if (fault !== undefined) console.log(`invalid ${mutant.id}: ${fault}`)
      return fault !== undefined
    })
    console.log(`${all.length} mutants, ${invalid.length} invalid`)
    if (invalid.length > 0) process.exitCode = 1
  } finally {
    site.remove()
  }
}

/** @param {readonly string[]} args */
export async function main(args) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      whole: { type: 'boolean', default: false },
      'one-each': { type: 'boolean', default: false },
      lanes: { type: 'string' },
      check: { type: 'boolean', default: false },
    },
  })
  const all = chosen(mutants(), positionals)
  const queue = values['one-each'] ? oneOfEach(all) : [...all]
  if (queue.length === 0) {
    console.log(`no mutant is called ${positionals.join(' or ')}`)
    process.exitCode = 1
    return
  }
  if (values.check) return check(queue)
  const total = queue.length
  const score = new Score()
  const ending = new AbortController()
  const interrupt = () => ending.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const bench = new Bench(ending.signal)
  const work = async () => {
    const site = new Site()
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const { verdict, detail } = await judge(mutant, site, bench, values.whole)
        if (ending.signal.aborted) return
        score.add(mutant, verdict)
        const { requirement, id, breaks } = mutant
        console.log(
          `${String(score.count()).padStart(String(total).length)}/${total} ${verdict.padEnd(8)} ${requirement.padEnd(8)} ${id}: ${breaks} (${detail})`,
        )
      }
    } finally {
      site.remove()
    }
  }
  const lanes = Math.min(laneCount(values.lanes), total)
  await Promise.all(Array.from({ length: lanes }, work))
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  score.print()
  if (ending.signal.aborted) {
    console.log(`interrupted: ${total - score.count()} mutants were not run`)
  }
  if (score.count('killed') + score.count('excused') < total) process.exitCode = 1
}

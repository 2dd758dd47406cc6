// The script of the report: it fills in the cases of a rule when it is opened, and what went over
// both ends of a case when that is opened. Both lie compressed in the page.

/**
 * @typedef Case
 * @property {string} id
 * @property {string} title
 * @property {readonly string[]} requirements
 * @property {string} level
 * @property {string} group
 * @property {string} kind how it is shown: its verdict, but for failures of SHOULD
 * @property {string} word
 * @property {string} [reason]
 * @property {string} [step]
 * @property {number} ms
 * @property {string} [talk] the part of the page that has its transcript
 */

/** @typedef {readonly [at: number, who: string, text: string]} Line */

/**
 * The element with an id, which the page has.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} Kind
 */
function the(id, Kind) {
  const found = document.getElementById(id)
  if (found instanceof Kind) return found
  throw new TypeError(`the page has no #${id}`)
}

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} Kind
 */
function every(selector, Kind) {
  return [...document.querySelectorAll(selector)].flatMap((one) =>
    one instanceof Kind ? [one] : [],
  )
}

/**
 * What lies compressed in the page.
 *
 * @param {string} id
 */
async function unpack(id) {
  const text = document.getElementById(id)?.textContent ?? ''
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return await new Response(stream).json()
}

/** @type {Map<string, ReturnType<typeof unpack>>} */
const unpacked = new Map()

/** @param {string} id */
function part(id) {
  const known = unpacked.get(id)
  if (known !== undefined) return known
  const promise = unpack(id)
  unpacked.set(id, promise)
  return promise
}

/** @returns {Promise<readonly Case[]>} */
const cases = () => part('cases')

/**
 * An element with a class and children; texts are texts.
 *
 * @param {string} name
 * @param {string} className
 * @param {...(Node | string)} children
 */
function element(name, className, ...children) {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

/** @param {Case} one */
function caseRow(one) {
  const row = element('details', `case is-${one.kind}`)
  const head = element(
    'summary',
    '',
    element('span', 'pill', one.word),
    element('span', '', element('code', '', one.id), ' ', element('span', 'dim', one.title)),
    element('span', 'tag', one.word === 'skipped' ? '' : `${one.ms} ms`),
  )
  row.append(head)
  row.addEventListener('toggle', () => void fillCase(row, one), { once: true })
  return row
}

/**
 * @param {HTMLElement} row
 * @param {Case} one
 */
async function fillCase(row, one) {
  const inner = element('div', 'inner')
  row.append(inner)
  const about = `${one.level.toUpperCase()} · ${one.group} · ${one.requirements.join(', ')}`
  inner.append(element('p', 'step dim', about))
  if (one.step !== undefined) {
    inner.append(element('p', 'step', 'At ', element('code', '', one.step)))
  }
  if (one.reason !== undefined) inner.append(element('p', 'why', one.reason))
  if (one.talk === undefined) return
  /** @type {Record<string, readonly Line[]>} */
  const talks = await part(one.talk)
  const talk = element('div', 'talk')
  for (const [at, who, text] of talks[one.id] ?? []) {
    const end = who.startsWith('client') ? 'client' : who === 'suite' ? 'suite' : 'app'
    talk.append(
      element(
        'div',
        `${end} mono`,
        element('span', 'at', `${at.toFixed(1)} ms`),
        element('b', '', who),
        element('pre', '', text.trimEnd()),
      ),
    )
  }
  inner.append(talk)
}

/** @param {HTMLDetailsElement} rule */
async function fillRule(rule) {
  const place = rule.querySelector('.cases')
  if (!(place instanceof HTMLElement) || place.dataset['full'] === 'yes') return
  place.dataset['full'] = 'yes'
  try {
    const all = await cases()
    const own = all.filter(({ requirements }) =>
      requirements.some((id) => id.replace(/^(T-[A-Z]+)-\d+$/, '$1') === rule.id),
    )
    const order = ['failed', 'unexpected', 'error', 'warned', 'expected', 'passed', 'skipped']
    own.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    place.replaceChildren(...own.map(caseRow))
  } catch (error) {
    place.append(
      element('p', 'why', `The cases cannot be unpacked by this browser: ${String(error)}`),
    )
  }
}

const rules = every('details.rule', HTMLDetailsElement)
for (const rule of rules) {
  if (rule.open) void fillRule(rule)
  rule.addEventListener('toggle', () => {
    if (rule.open) void fillRule(rule)
  })
}

const search = the('search', HTMLInputElement)
const group = the('group', HTMLSelectElement)
const chips = every('.chip', HTMLButtonElement)
const count = the('count', HTMLOutputElement)
const none = the('none', HTMLElement)

/** What of a rule is searched: itself, and the names of its cases. @type {Map<string, string>} */
const texts = new Map(rules.map((rule) => [rule.id, (rule.textContent ?? '').toLowerCase()]))

async function addCases() {
  for (const one of await cases()) {
    for (const id of one.requirements) {
      const rule = id.replace(/^(T-[A-Z]+)-\d+$/, '$1')
      texts.set(rule, `${texts.get(rule) ?? ''} ${one.id} ${one.title}`.toLowerCase())
    }
  }
}

let searchable = false

async function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length > 0 && !searchable) {
    searchable = true
    await addCases().catch(() => undefined)
  }
  const pressed = chips.filter((chip) => chip.ariaPressed === 'true')
  const standings = pressed.flatMap((chip) => (chip.dataset['standings'] ?? '').split(' '))
  let shown = 0
  for (const rule of rules) {
    const { standing = '', group: own } = rule.dataset
    const text = texts.get(rule.id) ?? ''
    const fits =
      standings.includes(standing) &&
      (group.value === '' || group.value === own) &&
      words.every((word) => text.includes(word))
    rule.hidden = !fits
    if (fits) shown += 1
  }
  for (const section of document.querySelectorAll('.list section')) {
    const empty = section.querySelector('details.rule:not([hidden])') === null
    section.toggleAttribute('hidden', empty)
  }
  count.value = `${shown} of ${rules.length} rules`
  none.hidden = shown > 0
}

for (const chip of chips) {
  chip.addEventListener('click', () => {
    chip.ariaPressed = chip.ariaPressed === 'true' ? 'false' : 'true'
    void filter()
  })
}
search.addEventListener('input', () => void filter())
group.addEventListener('change', () => void filter())

/** Opens the rule that the address names, whatever the filter says. */
function follow() {
  const rule = rules.find(({ id }) => `#${id}` === decodeURIComponent(location.hash))
  if (rule === undefined) return
  rule.hidden = false
  rule.closest('section')?.removeAttribute('hidden')
  rule.open = true
  rule.scrollIntoView()
}

addEventListener('hashchange', follow)
document.querySelector('.filter')?.removeAttribute('hidden')
void filter().then(follow)

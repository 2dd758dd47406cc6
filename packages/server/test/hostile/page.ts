import type { Outcome } from './attempt.ts'
import { LIMITS } from './row.ts'
import type { Family, HostileInput, Seen } from './row.ts'

// Writes docs/reference/hostile-input.md from the table and from what came back.

/** The page as Markdown. @param outcomes of the rows of all families, in order */
export const hostilePage = (families: readonly Family[], outcomes: readonly Outcome[]): string => {
  const rows = families.flatMap((family) => family.rows)
  const cells = new Map(rows.map((input, at) => [input, outcomes[at]]))
  const count = (kind: HostileInput['expected']['kind']): number =>
    rows.filter(({ expected }) => expected.kind === kind).length
  const sections = families.map((family) => {
    const lines = family.rows.map((input) => {
      const outcome = cells.get(input)
      return outcome === undefined ? '' : row(input, outcome)
    })
    return `\n## ${family.title}\n\n| Input | Sent | Came back | Rule |\n| --- | --- | --- | --- |\n${lines.join('')}`
  })
  return `# Hostile input

What the server answers to ${rows.length} malformed, ambiguous and hostile inputs of HTTP/1: ${count('refused')} are refused before the application is called, ${count('broken')} have a good head and are given up in their body, ${count('served')} only look bad, or have to be put up with, and are served.

A test sends each on a raw socket: alone; behind a good request, which is answered first; before a good request, which is never served once something was refused; byte by byte, up to 600 bytes; and in two pieces, split at every position up to 3,000 bytes (\`npm run test:load -- hostile\`). Each time it gets exactly these answers, what was refused has never reached the application, and the next client is served. They are the same on every supported Node.

- **refused**: the application was not called. The response is short plain text with \`connection: close\`, and the connection closes.
- **cut**: the application may have been called, but never saw the end of a body. Where it had not begun to answer, the client gets this status, and the connection closes.
- **served**: an ordinary request to the application, which sees what is said there; the connection stays open or closes as HTTP has it.

\`\\r\` is CR, \`\\n\` is LF, \`\\t\` is HTAB, \`\\xNN\` any other byte that is not printable ASCII; \`{x 300}\` stands for \`x\` 300 times. The server had low limits: ${LIMITS.maxUrlSize} bytes of target, ${LIMITS.maxHeaderSize} of header section, ${LIMITS.maxHeaderCount} fields, ${LIMITS.maxBodySize} bytes of body. Ids such as HTTP-25 and T-STATUS are rules of the specification.

This page is made from \`packages/server/test/hostile\` by \`node scripts/hostile-reference.mjs\`.
${sections.join('')}`
}

const row = ({ name, bytes, expected, rule, why }: HostileInput, outcome: Outcome): string => {
  const { status, reason } = outcome.responses[0] ?? { status: 'nothing', reason: '' }
  const end = outcome.ending === 'kept' ? 'stays open' : 'closes'
  const word = { refused: 'refused', broken: 'cut', served: 'served' }[expected.kind]
  const cells = [
    name,
    code(escaped(bytes)),
    `${word}: ${status} ${reason}, ${end}${expected.kind === 'served' ? told(expected.sees) : ''}`,
    why === undefined ? rule : `${rule}. ${why}`,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
}

/** What the application got to see. */
const told = (sees: Partial<Seen>): string =>
  Object.entries(sees)
    .map(([what, value]) => `; ${what} ${value === '' ? 'empty' : code(escaped(value))}`)
    .join('')

/** A code span, with as many marks around it as what is in it calls for. */
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)

const NAMED: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\\': '\\\\',
}

const escaped = (bytes: string): string =>
  bytes
    .replaceAll(/[^ -[\]-~]/g, (byte) => NAMED[byte] ?? hex(byte))
    .replaceAll(
      /((?:\\x..|[^\\])+?)\1{15,}/g,
      (run, unit: string) => `{${unit} ${run.length / unit.length}}`,
    )

const hex = (byte: string): string => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`

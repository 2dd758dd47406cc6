import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, with a slash at its end. */
export const ROOT: URL = new URL('../../../', import.meta.url)

/** A fenced block of a document. */
export interface Block {
  /** `README.md:12` */
  readonly place: string
  readonly language: string
  readonly text: string
}

const LEFT_OUT = /(^|[\\/])(node_modules|dist|\.[^\\/]+)([\\/]|$)|CHANGELOG\.md$/

/** The documents of the repository, below its root. */
export async function documents(): Promise<readonly string[]> {
  const names = await readdir(fileURLToPath(ROOT), { recursive: true })
  return names
    .filter((name) => name.endsWith('.md') && !LEFT_OUT.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .toSorted()
}

/** The fenced blocks of a document, in order. */
export async function blocks(name: string): Promise<readonly Block[]> {
  const text = await readFile(new URL(name, ROOT), 'utf8')
  return [...text.matchAll(/^```(\w*)\r?\n(.*?)^```\r?$/gms)].map((match) => ({
    place: `${name}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    text: (match[2] ?? '').replaceAll('\r\n', '\n'),
  }))
}

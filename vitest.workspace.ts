import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests import packages by name and must see their sources, not a stale build.
const conditions = ['@pagi/source', 'node']

const project = (root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: root.replace('packages/', ''),
    root,
    include: ['test/**/*.test.ts'],
    allowOnly: false,
    testTimeout: 30_000, // for what hangs; a busy machine is no failure
    // Tests undo what they change: the files of a project share the modules of a process.
    isolate: !/^(?:packages\/.*|examples|conformance|scripts)$/.test(root),
  },
})

const foldersIn = (parent: string) =>
  existsSync(new URL(parent, import.meta.url))
    ? readdirSync(new URL(parent, import.meta.url)).map((name) => `${parent}/${name}`)
    : []

const withTests = [
  ...foldersIn('packages'),
  'examples',
  ...foldersIn('examples'),
  'scripts',
  'conformance',
].filter((folder) => existsSync(new URL(`${folder}/test`, import.meta.url)))

// Vitest leaves one core to itself, but on a machine of two the tests wait for processes half the time.
const maxWorkers = Math.max(2, availableParallelism() - 1)

export default defineConfig({
  test: { maxWorkers, projects: withTests.map(project) },
})

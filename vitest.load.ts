// `npm run test:load`: what takes too long, or too much of the machine, for `npm test`. One file after
// the other, as they measure.
import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const conditions = ['@pagi/source', 'node']

const project = (root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: root.replace('packages/', ''),
    root,
    include: ['test-load/**/*.test.ts'],
    allowOnly: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
})

const withLoad = readdirSync(new URL('packages', import.meta.url))
  .map((name) => `packages/${name}`)
  .filter((folder) => existsSync(new URL(`${folder}/test-load`, import.meta.url)))

export default defineConfig({
  test: { fileParallelism: false, maxWorkers: 1, projects: withLoad.map(project) },
})

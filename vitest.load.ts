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
    include: ['test-load/**/*.test.ts', 'test/load/**/*.test.ts'],
    allowOnly: false,
    testTimeout: 1_200_000,
    hookTimeout: 60_000,
  },
})

const withLoad = readdirSync(new URL('packages', import.meta.url))
  .map((name) => `packages/${name}`)
  .filter((folder) =>
    ['test-load', 'test/load'].some((name) =>
      existsSync(new URL(`${folder}/${name}`, import.meta.url)),
    ),
  )

export default defineConfig({
  test: { fileParallelism: false, maxWorkers: 1, projects: withLoad.map(project) },
})

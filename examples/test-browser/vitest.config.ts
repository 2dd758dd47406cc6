// `npm run test:browser`: not part of `npm test`, as it needs a Chromium.
import { defineConfig } from 'vitest/config'

const conditions = ['@pagi/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'browser',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    fileParallelism: false,
  },
})

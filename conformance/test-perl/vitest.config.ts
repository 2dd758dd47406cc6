import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@pagi/source', 'node', 'import', 'module', 'default']

// `npm run test:perl`: apart from the other tests, as it needs Perl.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.test.ts'],
    allowOnly: false,
  },
})

import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// Tests import packages by name and must see their sources, not a stale build.
const conditions = ['@pagi/source', 'node', 'import', 'module', 'default']

const project = (root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: root.replace('packages/', ''), root, include: ['test/**/*.test.ts'] },
})

const packages = readdirSync(new URL('packages', import.meta.url)).map((dir) => `packages/${dir}`)

export default defineConfig({
  test: { projects: packages.map(project) },
})

import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'node20',
  clean: true,
  sourcemap: true,
  dts: {
    // tsup sets `baseUrl` for its declaration build, which TypeScript 6 deprecates.
    compilerOptions: { ignoreDeprecations: '6.0' },
    // For programs of older targets, as the client can be disposed of.
    banner: '/// <reference lib="esnext.disposable" />',
  },
})

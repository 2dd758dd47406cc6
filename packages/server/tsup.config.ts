import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    // Loaded by its address, in the thread that Node.js 20 keeps for module hooks.
    'typescript-hooks': 'src/cli/typescript/hooks.ts',
  },
  format: 'esm',
  target: 'node20',
  clean: true,
  sourcemap: true,
  // tsup sets `baseUrl` for its declaration build, which TypeScript 6 deprecates.
  dts: {
    // `AsyncDisposable` is younger than the library many programs compile with.
    banner: '/// <reference lib="esnext.disposable" />',
    compilerOptions: { ignoreDeprecations: '6.0' },
  },
})

#!/usr/bin/env node
// A file of its own, as a package manager links the command before anything is built.
await import('../dist/cli.js')

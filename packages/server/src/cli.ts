#!/usr/bin/env node
// SIGUSR1 means a new file for the access log. To Node.js it means a debugger, that anybody who may
// signal this process could use, until somebody listens: so before anything else is loaded.
process.on('SIGUSR1', () => undefined)

// Not awaited: Node.js would have its own words, and exit code 13, for a load that never ends.
void import('./cli/main.ts').then(({ main }) => main(process.argv.slice(2)))

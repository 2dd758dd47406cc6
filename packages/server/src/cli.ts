#!/usr/bin/env node
import { main } from './cli/main.ts'

// Not awaited: Node.js would have its own words, and exit code 13, for a load that never ends.
void main(process.argv.slice(2))

import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import { converse } from '../test/probe/conversation.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

test('the Perl probe keeps to its protocol', async () => {
  await converse(['perl', path('../test/probe/host.pl'), path('../probe/probe.pl')], 'perl')
})

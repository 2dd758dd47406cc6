import { expect, test } from 'vitest'
import { stateTablesPage } from './state-tables-page.ts'

test('spec/state-tables.md is what the tables say: scripts/spec-tables.mjs writes it', async () => {
  await expect(stateTablesPage()).toMatchFileSnapshot('../../../../spec/state-tables.md')
})

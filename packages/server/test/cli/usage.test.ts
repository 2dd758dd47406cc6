import { expect, test } from 'vitest'
import { helpText, usefulFlag } from '../../src/cli/usage.ts'
import { GROUPS, OPTIONS, optionNames, variablesOf } from '../../src/options/table.ts'
import { referencePage } from './reference-page.ts'

test('the help has every group, flag, variable and default, within 80 columns', () => {
  const help = helpText()
  for (const group of GROUPS) expect(help).toContain(`\n${group}:\n`)
  for (const name of optionNames()) {
    expect(help).toMatch(new RegExp(`^ {2}(?:-\\w, | {4})${usefulFlag(name)}\\b`, 'm'))
    for (const variable of variablesOf(name)) expect(help).toContain(variable)
  }
  expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect(help.replace(/\s+/g, ' ')).toContain(
    '-p, --port <port> Port to listen on; 0 takes a free one (5000; PAGI_PORT, PORT)',
  )
  expect(help).toContain('Examples:\n  pagi-server ')
})

test('every option is in one of the groups', () => {
  const groups: readonly string[] = GROUPS
  expect(optionNames().filter((name) => !groups.includes(OPTIONS[name].group))).toEqual([])
})

test('docs/reference/options.md is what the table says: scripts/options-reference.mjs writes it', async () => {
  await expect(referencePage()).toMatchFileSnapshot('../../../../docs/reference/options.md')
})

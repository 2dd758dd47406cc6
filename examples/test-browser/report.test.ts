// The page of `pagi-conformance --html`, as somebody reads it who opens the file.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage, useBrowser } from './browser.ts'

useBrowser()

const conformance = (path: string): string =>
  fileURLToPath(new URL(`../../conformance/${path}`, import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'pagi-report-'))
const report = join(folder, 'report.html')
const page = pathToFileURL(report).href

beforeAll(async () => {
  const server = `node ${conformance('test/fixtures/sloppy-server.mjs')} {app} --host {host} --port {port}`
  const args = ['--server', server, '--html', report, 'http/scope/query**', 'http/scope/path**']
  await new Promise<void>((resolve) => {
    execFile(process.execPath, [conformance('bin/pagi-conformance.js'), ...args], () => resolve())
  })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an address with a rule opens it; a case shows what went over both its ends', async () => {
  const opened = await openPage(`${page}#HTTP-09`)
  const one = opened.locator('#HTTP-09 details.case').first()
  await one.locator('summary').click()
  await expect
    .poll(() => one.locator('.talk .client').first().textContent())
    .toContain('GET /a?b=1')
  expect(await one.locator('.talk .app').first().textContent()).toContain('"query_string":"?b=1"')
  expect(await one.locator('.why').textContent()).toContain('expected "b=1", got "?b=1"')
})

test('the rules are searched by words, by cases, and by how they stand', async () => {
  const opened = await openPage(page)
  const shown = (): Promise<number> => opened.locator('details.rule:not([hidden])').count()
  const all = await shown()
  expect(all).toBeGreaterThan(300)
  await opened.fill('#search', 'http/scope/query[http]')
  await expect.poll(shown).toBe(1)
  await opened.fill('#search', '')
  await expect.poll(shown).toBe(all)
  const others = opened.locator('.chip[aria-pressed=true]:not(.is-failed)')
  while ((await others.count()) > 0) await others.first().click()
  await expect.poll(shown).toBe(2)
  await opened.locator('.chip.is-failed').click()
  await expect.poll(() => opened.locator('#none').isVisible()).toBe(true)
})

test('nothing is asked for beyond the page', async () => {
  const opened = await openPage('about:blank')
  const requests: string[] = []
  opened.on('request', (request) => requests.push(request.url()))
  await opened.goto(page)
  await opened.locator('details.rule').first().waitFor()
  expect(requests).toEqual([page])
})

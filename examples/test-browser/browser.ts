import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'

let browser: Browser | undefined

/** Starts a Chromium for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = process.env['CHROMIUM_PATH']
    if (executablePath === undefined)
      throw new Error('CHROMIUM_PATH: start with npm run test:browser')
    // Its profile is a new and empty folder, which goes when the browser goes.
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  })
  afterAll(() => browser?.close())
}

/** A page of its own profile. What goes wrong in it fails the test, unless it was expected. */
export async function openPage(
  url: string,
  { expected = /^$/ }: { expected?: RegExp } = {},
): Promise<Page> {
  if (browser === undefined) throw new Error('useBrowser was not called')
  const context = await browser.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints.filter((complaint) => !expected.test(complaint))).toEqual([])
  })
  await page.goto(url)
  return page
}

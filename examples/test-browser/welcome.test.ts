import { expect, test } from 'vitest'
import { openPage, useBrowser } from './browser.ts'
import { load, serving } from './serve.ts'

useBrowser()

test('the page sends a request and shows the response', async () => {
  const { url } = await serving(await load('welcome'))
  const page = await openPage(url)
  await page.getByLabel('Your name').fill('Ada')
  await page.keyboard.press('Enter')
  const answer = page.getByLabel('Response')
  await answer.getByText('Hello, Ada!').waitFor()
  expect(await answer.textContent()).toMatch(/200 OK\n.*content-type: text\/plain; charset=utf-8/s)
})

test('the page shows the feed live', async () => {
  const { url } = await serving(await load('welcome'))
  const page = await openPage(url)
  await page.locator('#feed-state[data-state=open]').waitFor()
  await fetch(`${url}/hello`)
  await page.getByLabel('Feed').getByText('GET /hello').waitFor()
  await page.getByText('1 watching').waitFor()
  expect(await page.locator('#feed-clock').textContent()).toMatch(/^\d\d:\d\d:\d\d$/)
})

test('two pages talk to each other, and text is text', async () => {
  const { url } = await serving(await load('welcome'))
  const [ada, grace] = [await openPage(url), await openPage(url)]
  for (const page of [ada, grace]) await page.locator('#chat-state[data-state=open]').waitFor()
  await ada.getByLabel('Your name').fill('<i>Ada</i>')
  await ada.getByLabel('Message').fill('<b>Hello?</b>')
  await ada.getByRole('button', { name: 'Say' }).click()
  await grace.getByLabel('Message').fill('I hear you')
  await grace.keyboard.press('Enter')
  for (const page of [ada, grace]) {
    await page.getByLabel('Chat').getByText('<i>Ada</i> <b>Hello?</b>').waitFor()
    await page.getByLabel('Chat').getByText('I hear you').waitFor()
  }
})

test('the page comes back when the server does, and nothing is shown twice', async () => {
  const first = await serving(await load('welcome'))
  const page = await openPage(first.url, { expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE/ })
  await page.locator('#chat-state[data-state=open]').waitFor()
  await page.getByLabel('Message').fill('before the restart')
  await page.keyboard.press('Enter')
  const before = page.getByLabel('Chat').getByText('before the restart')
  await before.waitFor()

  const port = Number(new URL(first.url).port)
  await first.close()
  await page.getByText('closed with 1012, reconnecting').waitFor()
  await page.locator('#feed-state[data-state=waiting]').waitFor()
  await serving(await load('welcome'), port)
  await page.locator('#chat-state[data-state=open]').waitFor()
  await page.locator('#feed-state[data-state=open]').waitFor()
  expect(await before.count()).toBe(1)
})

test('the page asks nobody but the server', async () => {
  const { url } = await serving(await load('welcome'))
  const page = await openPage('about:blank')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(url)
  await page.locator('#feed-state[data-state=open]').waitFor()
  expect(asked.filter((address) => !address.startsWith('data:'))).toEqual([
    `${url}/`,
    `${url}/feed`,
  ])
})

test('a mistake on the page is seen on the page', async () => {
  const { url } = await serving(await load('welcome'))
  const page = await openPage(url, { expected: /^planted$/ })
  await page.evaluate(() => void Promise.reject(new Error('planted')))
  await page.getByRole('alert').getByText('planted').waitFor()
})

test.each(['light', 'dark'] as const)('the page has no sideways scrolling, %s', async (scheme) => {
  const { url } = await serving(await load('welcome'))
  const page = await openPage(url)
  await page.emulateMedia({ colorScheme: scheme })
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    const sticksOut = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    )
    expect(sticksOut, `at ${width} pixels`).toBe(false)
  }
})

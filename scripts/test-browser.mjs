// `npm run test:browser`: the examples in a real browser. It installs none: a machine without a
// Chromium gets a word about it, and an exit code that is not success.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environment, findPnpm, root } from './setup/pnpm.mjs'
import { tool } from './setup/run.mjs'

// Where systems put it.
/** @type {Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>} */
const PLACES = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: [
    process.env['PROGRAMFILES'],
    process.env['PROGRAMFILES(X86)'],
    process.env['LOCALAPPDATA'],
  ]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, 'Chromium', 'Application', 'chrome.exe'),
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
    ]),
}

/** @returns {string | undefined} */
function findChromium() {
  const named = process.env['CHROMIUM_PATH']
  const places = named === undefined ? (PLACES[process.platform] ?? []) : [named]
  const found = places.find((place) => existsSync(place))
  if (found === undefined) {
    console.log(
      `test:browser was not run: there is no Chromium at ${places.join(', ') || 'any known place'}.`,
    )
    console.log('Install one, or set CHROMIUM_PATH to the program, and run it again.')
  }
  return found
}

/** @param {readonly string[]} args of Vitest, such as the name of a file */
export function main(args) {
  const chromium = findChromium()
  if (chromium === undefined) {
    process.exitCode = 2
    return
  }
  console.log(`with ${chromium}`)
  const config = join(root, 'examples', 'test-browser', 'vitest.config.ts')
  const { status } = spawnSync(
    process.execPath,
    [
      tool('vitest'),
      'run',
      '--config',
      config,
      '--reporter=default',
      `--reporter=${join(root, '.ci', 'tally.mjs')}`,
      ...args,
    ],
    {
      cwd: root,
      env: environment(findPnpm().folders, { CHROMIUM_PATH: chromium, PAGI_TALLY: undefined }),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  process.exitCode = status ?? 1
}

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Command, Folder } from './support.ts'

const APP = `
export default async function (scope, receive, send) {
  if (scope.type === 'lifespan') throw new Error('no lifespan')
  if (scope.path === '/uncaught') setTimeout(() => { throw new Error('late\\n[error] forged\\x1b[2J') })
  throw new Error('broken\\n[error] forged')
}`

let folder: Folder
const running: Command[] = []

function start(args: readonly string[]): Command {
  const command = new Command(folder, args)
  running.push(command)
  return command
}

beforeAll(() => {
  folder = new Folder({ 'app.mjs': APP })
})

afterEach(() => {
  for (const command of running.splice(0)) command.kill()
})

afterAll(() => folder.remove())

/** Every line is an object; its time is left out. */
function objects(text: string): unknown[] {
  expect(text).toMatch(/^[\n\x20-\x7e]*$/)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { time, ...rest } = JSON.parse(line)
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      return rest
    })
}

test('--log-format json: every line of the command is an object, also of how it ends', async () => {
  const command = start(['app.mjs', '-p', '0', '--log-format', 'json'])
  const url = await command.printed(/(http:[^ ]+)/)
  await fetch(url)
  await fetch(`${url}/uncaught`)
  const { code, stdout, stderr } = await command.ended
  expect(code).toBe(1)
  expect(objects(stdout)).toEqual([
    { level: 'info', message: 'lifespan: not supported by the application: no lifespan' },
    { level: 'info', message: expect.stringMatching(/^pagi-server .*: http:.* \(production\)$/) },
  ])
  const failed = {
    level: 'error',
    message: 'http: the application failed',
    error: expect.stringMatching(/^Error: broken\n\[error\] forged\n {4}at .*app\.mjs/),
  }
  expect(objects(stderr)).toEqual([
    failed,
    failed,
    {
      level: 'error',
      message: expect.stringMatching(
        /^an error was thrown that nothing caught; stopping\nError: late\n\[error\] forged/,
      ),
    },
  ])
})

test('an application that does not load is told as an object, too; wrong usage in words', async () => {
  const missing = await start(['missing.mjs', '--log-format', 'json']).ended
  expect([missing.code, missing.stdout]).toEqual([3, ''])
  expect(objects(missing.stderr)).toEqual([
    { level: 'error', message: expect.stringMatching(/^cannot load the application/) },
  ])
  expect(await start(['app.mjs', '--log-format', 'xml']).ended).toMatchObject({
    code: 2,
    stderr: 'pagi-server: --log-format must be one of text, json, got "xml"\n',
  })
})

test('in text, an error that nothing caught cannot forge a line of ours', async () => {
  const command = start(['app.mjs', '-p', '0'])
  await fetch(`${await command.url()}/uncaught`)
  const { stderr } = await command.ended
  expect(stderr).toContain('\nError: late\n    [error] forged\\x1B[2J\n')
  expect(stderr.match(/^\[error\] /gm)).toHaveLength(1) // of the request itself
})

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { AccessLog } from '../../src/access-log/access-log.ts'
import { FileOutput } from '../../src/access-log/file-output.ts'
import { WAITING_LIMIT } from '../../src/access-log/losses.ts'
import { leveledLog } from '../../src/log.ts'
import { eventually } from '../support/apps.ts'
import { LogBook } from '../support/start.ts'
import { recordOf } from './records.ts'

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'pagi-log-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const output = (path: string): { file: FileOutput; log: LogBook } => {
  const log = new LogBook()
  const file = new FileOutput(path, leveledLog(log, 'debug'))
  onTestFinished(() => file.close())
  return { file, log }
}

const read = (path: string): string => readFileSync(path, 'utf8')

describe('a file', () => {
  test('is appended to, in order, whatever comes while it is being written', async () => {
    const path = join(folder(), 'a.log')
    const { file, log } = output(path)
    const lines = Array.from({ length: 500 }, (_, at) => `line ${at} ${'é'.repeat(at)}\n`)
    for (const [at, line] of lines.entries()) {
      file.write(line)
      if (at % 50 === 0) await new Promise(setImmediate)
    }
    await file.close()
    expect(read(path)).toBe(lines.join(''))
    expect(log.lines).toEqual([])
    const again = output(path)
    again.file.write('more\n')
    await again.file.close()
    expect(read(path)).toBe(`${lines.join('')}more\n`)
  })

  test('that was renamed is opened anew: what came before is in the old one', async () => {
    const at = folder()
    const path = join(at, 'a.log')
    const { file } = output(path)
    file.write('one\n')
    await eventually(() => existsSync(path) && read(path) !== '')
    file.write('two\n')
    renameSync(path, join(at, 'a.log.1'))
    file.write('three\n')
    await file.reopen()
    file.write('four\n')
    await file.close()
    expect(read(join(at, 'a.log.1'))).toBe('one\ntwo\nthree\n')
    expect(read(path)).toBe('four\n')
  })

  test('is made anew although nothing is written', async () => {
    const at = folder()
    const path = join(at, 'a.log')
    const { file } = output(path)
    await file.reopen()
    renameSync(path, join(at, 'a.log.1'))
    await file.reopen()
    expect(read(path)).toBe('')
  })

  test('that is not open yet when the process ends is written all the same, once', async () => {
    const path = join(folder(), 'a.log')
    const { file } = output(path)
    file.write('one\n')
    file.leave()
    expect(read(path)).toBe('one\n')
    await file.reopen()
    file.write('two\n')
    file.leave()
    expect(read(path)).toBe('one\ntwo\n')
    await file.close()
    expect(read(path)).toBe('one\ntwo\n')
  })

  test('in a folder that is missing: reported once, and written as soon as there is one', async () => {
    const at = folder()
    const path = join(at, 'later', 'a.log')
    const { file, log } = output(path)
    await eventually(() => log.lines.length > 0)
    for (let n = 0; n < 3; n++) {
      file.write(`lost ${n}\nand more\n`)
      await file.reopen()
    }
    expect(log.lines).toHaveLength(1)
    expect(log.lines[0]).toMatch(/^error: access log: .*a\.log: lines are lost: ENOENT/)
    mkdirSync(join(at, 'later'))
    file.write('kept\n')
    await file.close()
    expect(read(path)).toBe('kept\n')
    expect(log.lines.slice(1)).toEqual([
      `warn: access log: ${path}: written again; 6 lines were lost`,
    ])
  })

  test('that may not be written', async () => {
    if (process.getuid?.() === 0) return // root may
    const path = join(folder(), 'a.log')
    const handle = await open(path, 'w')
    await handle.close()
    chmodSync(path, 0o400)
    const { log } = output(path)
    await eventually(() => log.lines.length > 0)
    expect(log.lines.join()).toMatch(/lines are lost: EACCES/)
  })

  test('that is a folder', async () => {
    const { log } = output(folder())
    await eventually(() => log.lines.length > 0)
    expect(log.lines.join()).toMatch(/lines are lost: EISDIR/)
  })

  // A device of Linux that is always full.
  test.runIf(process.platform === 'linux')('on a full disk: reported once', async () => {
    const { file, log } = output('/dev/full')
    for (let n = 0; n < 3; n++) {
      file.write('lost\n')
      await new Promise(setImmediate)
    }
    await file.close()
    expect(log.lines).toHaveLength(1)
    expect(log.lines[0]).toMatch(/^error: access log: \/dev\/full: lines are lost: ENOSPC/)
  })

  test('that takes no more costs lines, not memory', async () => {
    const path = join(folder(), 'a.log')
    const { file, log } = output(path)
    const chunk = `${'x'.repeat(1024 * 1024 - 1)}\n`
    for (let n = 0; n < WAITING_LIMIT / chunk.length + 2; n++) file.write(chunk)
    expect(log.lines).toEqual([
      `error: access log: ${path}: lines are lost: they come faster than they can be written`,
    ])
    await file.close()
    expect(read(path)).toHaveLength(WAITING_LIMIT)
    expect(log.at('warn')).toEqual([`access log: ${path}: written again; 2 lines were lost`])
  })
})

describe('an access log', () => {
  const format = ({ target }: { readonly target: string | undefined }): string => String(target)

  test('keeps what comes before it is loaded, and listens for the end of the process meanwhile', async () => {
    const path = join(folder(), 'a.log')
    const listeners = process.listenerCount('exit')
    const log = new AccessLog({
      target: path,
      format,
      log: leveledLog(new LogBook(), 'debug'),
    })
    expect(process.listenerCount('exit')).toBe(listeners)
    for (const target of ['/1', '/2']) log.add(recordOf({ target }))
    await log.reopen()
    expect(process.listenerCount('exit')).toBe(listeners + 1)
    log.add(recordOf({ target: '/3' }))
    await log.close()
    log.add(recordOf({ target: '/late' }))
    expect(read(path)).toBe('/1\n/2\n/3\n')
    expect(process.listenerCount('exit')).toBe(listeners)
  })

  test('writes once in a turn, however many requests end in it', async () => {
    const log = new AccessLog({ target: '-', format, log: leveledLog(new LogBook(), 'debug') })
    void log.open()
    await log.reopen()
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    for (const target of ['/1', '/2', '/3']) log.add(recordOf({ target }))
    expect(write).not.toHaveBeenCalled()
    await new Promise(setImmediate)
    const written = write.mock.calls.map(([chunk]) => chunk)
    write.mockRestore()
    expect(written).toEqual(['/1\n/2\n/3\n'])
    await log.close()
  })
})

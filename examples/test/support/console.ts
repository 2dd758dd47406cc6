// Reads what a document shows of a terminal, and does it: `$ curl ...` and `$ npx wscat -c ...`, each
// followed by what it prints. `…` stands for anything within a line.
import { expect } from 'vitest'
import { Socket } from './socket.ts'

const ORIGIN = /(http|ws):\/\/127\.0\.0\.1:5000/

/** A command that was started, to be compared with what the document promises. */
interface Started {
  readonly finish: () => Promise<void>
}

/**
 * Runs the commands of a document in their order, against a server at another address.
 * Streams (`curl -N`) stay open until all is done, as in a terminal of their own.
 */
export async function runConsole(texts: readonly string[], url: string): Promise<number> {
  const steps = texts.flatMap((text) => text.split(/^\$ /m).slice(1))
  const started: Started[] = []
  for (const step of steps) {
    const [command = '', ...output] = step.split('\n')
    const args = words(command.replace(ORIGIN, url))
    const promised = output.join('\n')
    if (args[0] === 'curl') started.push(await curl(args.slice(1), promised, command))
    else if (args[1] === 'wscat') await wscat(args.at(-1) ?? '', promised, command)
    else throw new Error(`do not know how to try: ${command}`)
  }
  for (const { finish } of started) await finish()
  return steps.length
}

function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

async function curl(args: readonly string[], promised: string, command: string): Promise<Started> {
  const headers: [string, string][] = []
  let method: string | undefined
  let body: string | undefined
  let stream = false
  let target = ''
  const rest = args.values()
  const value = (): string => rest.next().value ?? ''
  for (const arg of rest) {
    if (arg === '-N') stream = true
    else if (arg === '-s') continue
    else if (arg === '-X') method = value()
    else if (arg === '-d') body = value()
    else if (arg === '-H') {
      const [name = '', content = ''] = value().split(': ')
      headers.push([name, content])
    } else if (arg.startsWith('http')) target = arg
    else throw new Error(`do not know curl ${arg}, in: ${command}`)
  }
  const leaving = new AbortController()
  const response = await fetch(target, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    signal: leaving.signal,
    ...(body === undefined ? {} : { body }),
  })
  if (!stream) {
    expect(await response.text(), command).toMatch(pattern(promised, '$'))
    return { finish: async () => {} }
  }
  return {
    finish: async () => {
      let text = ''
      const chunks = response.body?.pipeThrough(new TextDecoderStream()) ?? []
      for await (const chunk of chunks) {
        text += chunk
        if (text.split('\n').length >= promised.split('\n').length) break
      }
      leaving.abort()
      expect(text, command).toMatch(pattern(promised, ''))
    },
  }
}

async function wscat(url: string, promised: string, command: string): Promise<void> {
  const refused = /^error: (.*)$/m.exec(promised)?.[1]
  if (refused !== undefined) {
    await expect(Socket.open(url), command).rejects.toThrow(refused)
    return
  }
  const socket = await Socket.open(url)
  for (const line of promised.split('\n').filter((text) => text !== '')) {
    const said = /^([<>]) (.*)$/.exec(line)
    const ended = /^Disconnected \(code: (\d+), reason: "(.*)"\)$/.exec(line)
    if (said?.[1] === '>') socket.send(said[2] ?? '')
    else if (said?.[1] === '<') expect(await socket.next(), command).toMatch(pattern(said[2], '$'))
    else if (ended !== null)
      expect(await socket.closed).toEqual({ code: Number(ended[1]), reason: ended[2] })
    else throw new Error(`do not know what wscat means by: ${line}`)
  }
}

function pattern(text = '', end: '$' | ''): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[^\\n]*')}${end}`)
}

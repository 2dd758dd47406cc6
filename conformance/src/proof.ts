/** Whether a server serves at all, and runs the probe: else every case would fail for that. */

import type { AppCall } from './app-call.ts'
import { Wire } from './client/wire.ts'
import type { ControlServer } from './control.ts'
import { CaseFailure, SuiteError } from './failure.ts'
import type { ServerProcess } from './server-process.ts'
import type { Watch } from './watch.ts'

/** How long the end of a process may come after that of its connections. */
const DEATH = 500

const PATH = '/pagi-suite/proof'

/**
 * Sends a request that the suite answers by the probe.
 *
 * @param called gives the call of the application that the suite answered last
 * @param ms how long the answer may take
 * @throws CaseFailure saying what came instead
 */
export async function prove(
  server: ServerProcess,
  parts: {
    readonly control: ControlServer
    readonly watch: Watch
    readonly called: () => AppCall | undefined
  },
  ms: number,
): Promise<void> {
  const { control, watch, called } = parts
  const { host, port } = server.address
  const reports = `the probe, which reports to PAGI_PROBE=${control.address}`
  const wire = new Wire(host, port, watch)
  wire.push(
    Buffer.from(`GET ${PATH} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`),
  )
  try {
    const call = await watch.until(
      () => {
        if (control.fault !== undefined) throw new SuiteError(control.fault)
        if (called() === undefined && wire.ended !== undefined) {
          throw new CaseFailure(`no call of ${reports}`)
        }
        return called()
      },
      `call of ${reports}`,
      ms,
    )
    await watch.until(
      () => {
        if (control.fault !== undefined) throw new SuiteError(control.fault)
        if (call.reports.length > 0) return true
        if (call.closed) throw new CaseFailure('the probe dropped its connection')
        return undefined
      },
      'answer of the probe to a command',
      ms,
    )
  } catch (error) {
    if (!(error instanceof CaseFailure) || server.exit !== undefined) throw error
    // Whoever ends with a process shows it a moment later.
    await server.endsWithin(DEATH)
    if (server.exit !== undefined) throw new CaseFailure(server.describeExit())
    const words = server.lastWords === '' ? '' : `; its output: ${server.lastWords}`
    throw new CaseFailure(`${error.message}; ${answerOf(wire)}${words}`)
  } finally {
    wire.destroy()
  }
}

/** What came of the request, in words. */
function answerOf({ unread, ended, flooded, refused }: Wire): string {
  if (flooded !== undefined) return flooded
  if (refused !== undefined) return `the server refuses connections: ${refused}`
  const line = unread.bytes.toString('latin1', 0, 100).split('\r\n')[0]
  if (unread.length > 0) return `the server answered ${JSON.stringify(line)}`
  if (ended === undefined) return 'the server sent nothing'
  return `the server ended the connection (${ended}) without an answer`
}

import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { ROOT } from './markdown.ts'

/** What the compiler has to say, under the strictest options there are. */
export function problems(
  programs: readonly { readonly place: string; readonly file: string }[],
): readonly string[] {
  const config = fileURLToPath(new URL('tsconfig.json', ROOT))
  const { config: raw } = ts.readConfigFile(config, (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(raw, ts.sys, fileURLToPath(ROOT))
  const program = ts.createProgram(
    programs.map(({ file }) => file),
    options,
  )
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const snippet = programs.find(
      (one) => file && ts.sys.resolvePath(one.file) === ts.sys.resolvePath(file.fileName),
    )
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    return `${snippet?.place ?? file?.fileName ?? ''}: ${message}`
  })
}

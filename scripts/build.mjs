// `pnpm build`: builds every package that changed.
import { buildChanged } from './setup/build.mjs'
import { workspace } from './setup/workspace.mjs'

export function main() {
  buildChanged(workspace())
}

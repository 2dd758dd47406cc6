// `npm start` and `npm test` on a machine with nothing but Node and npm: gets the pinned pnpm once,
// installs what changed, then runs scripts/<name>.mjs in this very process.
//
// A Node that is too old must still be able to read this file, so it imports nothing before the
// check and does without top-level await.

const FLOOR = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < FLOOR.major || (major === FLOOR.major && minor < FLOOR.minor)) {
  console.error(
    `This repository needs Node ${FLOOR.major}.${FLOOR.minor} or newer; this is Node ${process.versions.node}.\n` +
      'Get a current one from https://nodejs.org/ and run the same command again.',
  )
  process.exit(1)
}

const [name, ...rest] = process.argv.slice(2)

async function run() {
  const { install } = await import('./setup/install.mjs')
  install()
  const script = await import(`./${name}.mjs`)
  await script.main(rest)
}

run().catch((error) => {
  console.error(error)
  process.exit(1)
})

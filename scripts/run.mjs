// `node scripts/run.mjs <name>`: runs scripts/<name>.mjs where the dependencies are installed already,
// for the scripts of package.json that are not a first command.
const [name = '', ...rest] = process.argv.slice(2)
const script = await import(`./${name}.mjs`)
await script.main(rest)

// A name is no provider.
export default './provider.mjs'

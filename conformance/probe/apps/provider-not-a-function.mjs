// A provider whose `toApp` returns something that cannot be called.
export default { toApp: () => ({ app: true }) }

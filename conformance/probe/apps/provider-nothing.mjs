// A provider whose `toApp` returns nothing.
export default { toApp() {} }

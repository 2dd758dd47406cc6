// An object without `toApp`.
export default { application: true }

// A provider whose `toApp` fails.
export default {
  toApp() {
    throw new Error('this provider makes nothing')
  },
}

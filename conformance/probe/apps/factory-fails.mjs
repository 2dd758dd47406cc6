// A factory, by the convention of pagi-server, that fails.
export const createApp = () => {
  throw new Error('this factory makes nothing')
}

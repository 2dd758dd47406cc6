export { fromNodeHandler } from './node-handler.ts'
export { RawSocketError } from './raw-socket-error.ts'

export { ManualClock } from './clock.ts'
export { MemoryHttpTransport } from './http.ts'
export { MemoryWebSocketTransport } from './websocket.ts'

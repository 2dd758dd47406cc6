import { expect, test } from 'vitest'
import { OPCODE, frameHead, wholeFrame } from '../../src/node/ws-frames.ts'

// RFC 6455 5.2: seven bits of length, or 126 and two bytes, or 127 and eight.

test.each([
  [0, '8100'],
  [1, '8101'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
  [2 ** 32 - 1, '817f00000000ffffffff'],
  [2 ** 32 + 5, '817f0000000100000005'],
])('the head of a text of %d bytes', (size, hex) => {
  expect(frameHead(OPCODE.text, size).toString('hex')).toBe(hex)
})

test('a whole frame counts the bytes of its text, not its characters', () => {
  expect(wholeFrame(OPCODE.text, 'é€😀')).toEqual(
    Buffer.concat([Buffer.from([0x81, 9]), Buffer.from('é€😀')]),
  )
  const text = '€'.repeat(42) // 126 bytes
  expect(wholeFrame(OPCODE.text, text)).toEqual(
    Buffer.concat([Buffer.from([0x81, 126, 0, 126]), Buffer.from(text)]),
  )
})

test('a whole frame keeps nothing of the bytes it was given', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const frame = wholeFrame(OPCODE.binary, bytes)
  bytes.fill(9)
  expect(frame).toEqual(Buffer.from([0x82, 3, 1, 2, 3]))
})

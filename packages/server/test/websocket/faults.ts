import { OPCODE, closeFrame, frame, text } from '../support/frames.ts'

/** Rows 10, 11 and 13: what the peer sends, and the code that fails the connection. */
export const faults: readonly (readonly [
  row: number,
  name: string,
  code: number,
  bytes: Buffer,
])[] = [
  [10, 'a reserved bit', 1002, frame(OPCODE.text, 'x', { rsv: 0x40 })],
  [10, 'another reserved bit', 1002, frame(OPCODE.text, 'x', { rsv: 0x10 })],
  [10, 'a reserved data opcode', 1002, frame(3)],
  [10, 'a reserved control opcode', 1002, frame(11)],
  [10, 'a control frame over 125 bytes', 1002, frame(OPCODE.ping, 'x'.repeat(126))],
  [10, 'a control frame in fragments', 1002, frame(OPCODE.ping, 'x', { fin: false })],
  [10, 'a frame without a mask', 1002, frame(OPCODE.text, 'x', { masked: false })],
  [10, 'a continuation of nothing', 1002, frame(OPCODE.continuation, 'x')],
  [
    10,
    'a message inside another one',
    1002,
    Buffer.concat([frame(OPCODE.text, 'x', { fin: false }), text('y')]),
  ],
  [10, 'a Close payload of one byte', 1002, frame(OPCODE.close, 'x')],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000].map(
    (code) => [10, `a Close with code ${code}`, 1002, closeFrame(code)] as const,
  ),
  [11, 'bytes that are no UTF-8 in a text', 1007, frame(OPCODE.text, Buffer.from([0xc3, 0x28]))],
  [11, 'a text that ends in half a character', 1007, frame(OPCODE.text, Buffer.from([0xe2, 0x82]))],
  [
    11,
    'an overlong character across fragments',
    1007,
    Buffer.concat([
      frame(OPCODE.text, Buffer.from([0xc0]), { fin: false }),
      frame(OPCODE.continuation, Buffer.from([0xaf])),
    ]),
  ],
  [
    11,
    'a surrogate in a Close reason',
    1007,
    frame(OPCODE.close, Buffer.from([0x03, 0xe8, 0xed, 0xa0, 0x80])),
  ],
  [13, 'a frame over the ceiling', 1009, frame(OPCODE.binary, '', { length: 1001 })],
  [
    13,
    'a message over the ceiling, in fragments',
    1009,
    Buffer.concat([
      frame(OPCODE.text, 'x'.repeat(600), { fin: false }),
      frame(OPCODE.continuation, 'x'.repeat(600), { fin: false }),
    ]),
  ],
]

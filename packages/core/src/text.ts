/** Bytes that well-formed text takes in UTF-8, without encoding it. */
export const utf8Length = (text: string): number => {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit >= 0xd800 && unit < 0xe000)
      length += 1 // half of a pair: four bytes for two units
    else length += 2
  }
  return length
}

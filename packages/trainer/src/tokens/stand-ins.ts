/** GPT-2's printable stand-in for every byte: itself where it can be seen, else the next unused from U+0100 on. */
export const STAND_INS: readonly string[] = (() => {
  const visible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let unused = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : unused++));
})();

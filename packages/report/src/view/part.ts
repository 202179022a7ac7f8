/** A file of data as a script that hands over one value: fetch is forbidden to a page opened from a folder. */
export function part(value: unknown): string {
  // Line separators end a statement in old parsers; everything else JSON says is a script's literal too.
  return `monosemaPart(${JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)});\n`;
}

/** Short texts by domain, hostile ones among them: what a corpus may throw at a page. */
export const fixtureTexts: Record<string, string> = {
  prose:
    'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness. The lamps were lit along the river, and nobody on the bridge looked up.\n\nOn the other side the market had already closed.\n',
  legal:
    'NOTWITHSTANDING any provision of this Agreement, the Licensor shall not be liable for any indirect damages arising out of the use of the Software, even if advised of the possibility thereof.\n',
  python:
    'def median(values: list[float]) -> float:\n    ordered = sorted(values)\n\thalf = len(ordered) // 2\n    return ordered[half] if half else None\n',
  http: 'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nSet-Cookie: id=a3fWa; Secure\r\n\r\n',
  dna: 'GATTACAGGCTTAACGTTAGCCATGGATCCTTAGACCAGTTTGACCA\nCCGTAAGTCTAGGATTTACCGA\n',
  base64:
    'TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuIFNvIGRvIHNwYXJzZSBmZWF0dXJlcy4=\niVBORw0KGgoAAAANSUhEUgAAAAUA\n',
  hebrew: 'בראשית ברא אלהים את השמים ואת הארץ. והארץ היתה תהו ובהו, וחשך על פני תהום. 1948 ועוד.\n',
  arabic: 'وُلد ابن خلدون في تونس سنة ١٣٣٢، وكتب في مقدمته عن العمران والدول وأحوال الناس.\n',
  korean: '나라의 말소리가 중국과 달라 한자와는 서로 통하지 아니하므로 새로 스물여덟 글자를 만드니\n',
  japanese: '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n',
  emoji: 'ok 👩‍👩‍👧‍👦 then 🏳️‍🌈 and ✍🏽 done 🎉\n',
  hostile:
    '<script>alert(1)</script><img src=x onerror="alert(2)"> \' " & &amp; </p></b> \u0000 \u0007 \u202Eesrever\u202C \u200Bzero\u2066iso\u2069 </p><script>alert(9)</script> --> ]]> %%monosema-body%% ${x} `\n',
};

/** Bytes of a domain's text; the hostile one ends in bytes that are no UTF-8, a lone surrogate among them. */
export function fixtureBytes(domain: string): Uint8Array {
  const text = Buffer.from(fixtureTexts[domain] ?? '');
  return domain === 'hostile'
    ? Buffer.concat([text, Buffer.from([0xe2, 0x82, 0x20, 0xff, 0xed, 0xa0, 0x80, 0xf0])])
    : text;
}

const words =
  ' the| of| was| it| in| and| age| not| any| for|ing|ed|er|on|en|at|is|or|th|he|an|re|, |. |\n\n|    |def| return|self|HTTP/1.1|Content|-Type|: |GA|TT|AC|CC|<script>|</script>|alert|(|)|=|"|של|ים|ברא| את|ה| ו|ال|ن |في| 나라|는|다|吾輩|猫|で|ある|。';

/** A vocabulary of all bytes and some longer strings, as byte strings. */
export const fixtureVocabulary: Uint8Array[] = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...words.split('|').map((word) => new Uint8Array(Buffer.from(word))),
  // A token that ends in the middle of a character, and one that begins there.
  Uint8Array.of(0x20, 0xd7),
  Uint8Array.of(0x9f, 0x8e),
];

/** Token ids of a byte string by longest match. */
export function fixtureTokens(bytes: Uint8Array): number[] {
  const ids = new Map(fixtureVocabulary.map((token, id) => [token.join(), id]));
  const tokens: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let length = Math.min(12, bytes.length - at);
    while (length > 1 && !ids.has(bytes.subarray(at, at + length).join())) length--;
    tokens.push(ids.get(bytes.subarray(at, at + length).join()) ?? 0);
    at += length;
  }
  return tokens;
}

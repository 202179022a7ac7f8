import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { logRatios, scoreStrings, STRING_PROXIES } from './string-proxy.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const [base64, dna, hex] = STRING_PROXIES;

test('strings of a kind score above zero, and ordinary words below', () => {
  const words = ['GA', 'TT', 'AC', 'the', ' dog', ' cat', 'ZnJvbQ', '+8x', '0f', 'd3', ' '];
  const counts = Float64Array.of(9, 9, 9, 9e8, 8e8, 7e8, 9, 9, 9, 9, 6e8);
  const score = (proxy: typeof dna, ...text: string[]) => [
    ...scoreStrings(
      logRatios(proxy!, words.map(bytes), counts),
      text.map((word) => words.indexOf(word)),
      proxy!.leastTokens,
    ),
  ];
  expect(score(dna, 'GA', 'TT', 'AC').map((value) => value > 0)).toEqual([false, true, true]);
  expect(score(dna, 'the', ' dog').every((value) => value < 0)).toBe(true);
  expect(score(base64, 'ZnJvbQ', '+8x').at(-1)).toBeGreaterThan(0);
  expect(score(base64, ' dog', ' cat').every((value) => value < 0)).toBe(true);
  expect(score(hex, '0f', 'd3').at(-1)).toBeGreaterThan(0);
  expect(score(hex, 'the', ' ').every((value) => value < 0)).toBe(true);
});

test.each([1, 2, 3])(
  'the score is the largest ratio of any string of at least %i tokens that ends there',
  (least) => {
    const uniform = uniforms(least);
    const ratios = Float64Array.from({ length: 6 }, () => 4 * uniform() - 2);
    const tokens = Array.from({ length: 60 }, () => Math.floor(6 * uniform()));
    const scores = scoreStrings(ratios, tokens, least);
    tokens.forEach((_, end) => {
      let best = -Infinity;
      for (let start = 0; start + least - 1 <= end; start++) {
        const sum = tokens.slice(start, end + 1).reduce((total, token) => total + ratios[token]!, 0);
        best = Math.max(best, sum);
      }
      // Sums in another order.
      if (best === -Infinity) expect(scores[end]).toBe(-Infinity);
      else expect(scores[end]).toBeCloseTo(best, 9);
    });
  },
);

test('a ratio is the likelihood by the alphabet over that by the counts', () => {
  const ratios = logRatios(dna!, [bytes('AC'), bytes('A!')], Float64Array.of(2, 0));
  expect(ratios[0]).toBeCloseTo(Math.log(1 / 16) - Math.log(3 / 4), 12);
  expect(ratios[1]).toBeCloseTo(Math.log(1 / 4) + Math.log(1e-10) - Math.log(1 / 4), 12);
});

test('no string reaches across the token between documents, which is in none itself', () => {
  const [word, end, string] = [0, 1, 2];
  const spelling = [bytes('cat'), new Uint8Array(0), bytes('ACGT')];
  // The token between documents is rare, as where documents are long.
  const counts = Float64Array.of(9e7, 5, 1);
  for (const proxy of STRING_PROXIES) {
    const ratios = logRatios(proxy, spelling, counts);
    const scores = [...scoreStrings(ratios, [string, string, end, word, end, string], proxy.leastTokens)];
    const isIn = scores.map((score) => score > 0);
    // A string of DNA has two tokens at least, and hexadecimal has no T.
    const [first, second] = [proxy.id === 'string:base64', proxy.id !== 'string:hex'];
    expect(isIn).toEqual([first, second, false, false, false, first]);
  }
});

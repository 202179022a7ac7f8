import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { textOf } from '../testing/planted-text.ts';
import { measureProxies, proxiesRecordOf } from './measure-proxies.ts';
import { ProxyText } from './proxy-text.ts';

const watch = () => {};
const uniform = uniforms(3);
const dnaText = Array.from({ length: 300 }, () => 'ACGT'[Math.floor(4 * uniform())]).join('');
const DOCUMENTS = [
  { id: 'words', domain: 'prose', text: 'she sells sea shells by the sea shore '.repeat(12) },
  { id: 'letters', domain: 'scripture', text: 'שלום עולם, and so it goes. '.repeat(60) },
  { id: 'genes', domain: null, text: `${dnaText} ` },
];

function planted() {
  const { text, tokenizer } = textOf(DOCUMENTS, 8);
  const proxies = ProxyText.open(text, tokenizer, watch);
  const tokens = text.contexts.tokens;
  const flags = proxies.flags(0, tokens);
  const isIn = (token: number, proxy: number) =>
    flags.ids.subarray(flags.offsets[token]!, flags.offsets[token + 1]!).includes(proxy);
  return {
    text,
    tokenizer,
    proxies,
    tokens,
    isIn,
    index: (id: string) => proxies.proxies.findIndex((p) => p.id === id),
  };
}

test('the text has the proxies that are in it, and every token is counted in by those that hold for it', () => {
  const { text, tokenizer, proxies, tokens, isIn, index } = planted();
  expect(proxies.proxies.map(({ id }) => id)).toEqual([
    'string:dna',
    'script:Hebrew',
    'domain:prose',
    'domain:scripture',
  ]);
  let hebrew = 0;
  for (let token = 0; token < tokens; token++) {
    const bytes = tokenizer.tokenBytes(text.read(token, 1)[0]!);
    expect(isIn(token, index('domain:prose'))).toBe(text.documentAt(token).domain === 'prose');
    // No other letters here take more than one byte; parts at the rim of a context may be cut off.
    if (isIn(token, index('script:Hebrew'))) expect(bytes.some((byte) => byte > 0x7f)).toBe(true);
    if (bytes.some((byte) => byte > 0x7f)) hebrew += 1;
  }
  expect(proxies.tokensOf[index('script:Hebrew')]!).toBeGreaterThan(0.8 * hebrew);
});

test('correlations, specificities and expected values are those of brute force', () => {
  const { proxies, tokens, isIn, index } = planted();
  const [dna, hebrew] = [index('string:dna'), index('script:Hebrew')];
  const noise = randomActivations(tokens, [0.1, 0.05, 0.3], uniform);
  const dense = noise.map((row, token) => [
    isIn(token, dna) && row[0]! === 0 ? 2 + (token % 3) : row[0]! / 8,
    isIn(token, hebrew) ? 1.5 : 0,
    row[2]!,
  ]);
  const source = sourceOf('A/1', dense);
  const measured = measureProxies(source, proxies, watch);
  const column = (j: number) => dense.map((row) => row[j]!);
  const indicator = (proxy: number) => dense.map((_, token) => (isIn(token, proxy) ? 1 : 0));
  const pearson = (a: number[], b: number[]) => {
    const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
    const [ma, mb] = [mean(a), mean(b)];
    const dot = (x: number[], y: number[], mx: number, my: number) =>
      x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
    return dot(a, b, ma, mb) / Math.sqrt(dot(a, a, ma, ma) * dot(b, b, mb, mb));
  };
  const best = measured.best(dna)!;
  expect(best.feature).toBe(0);
  expect(best.pearson).toBeCloseTo(pearson(column(0), indicator(dna)), 6);
  const answer = measured.answers(1)[0]!;
  expect(answer.proxy).toBe('script:Hebrew');
  expect(answer.pearson).toBeCloseTo(1, 6);
  expect(answer.specificity).toBe(1);

  const [record] = proxiesRecordOf(proxies, [measured], [], watch).filter(({ id }) => id === 'string:dna');
  expect(record!.neuron).toBeNull();
  const match = record!.feature!;
  const max = Math.max(...column(0));
  const inBand = (value: number, band: number) =>
    value > (max * band) / 10 && value <= (max * (band + 1)) / 10;
  match.specificity.forEach(({ activeTokens, onConcept }, band) => {
    const here = column(0).flatMap((value, token) => (inBand(value, band) ? [token] : []));
    expect(activeTokens).toBe(here.length);
    expect(onConcept).toBe(here.filter((token) => isIn(token, dna)).length);
    const on = here.filter((token) => isIn(token, dna)).reduce((sum, token) => sum + dense[token]![0]!, 0);
    expect(match.expectedValue.on[band]).toBeCloseTo(on, 4);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../artefacts/interrupted.ts';
import { runFolder } from '../artefacts/run-folder.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import { checkStudy } from '../config/check-study.ts';
import { isValidation } from '../text/split.ts';
import { TokenShard } from './token-shard.ts';
import { tokenizeStage } from './tokenize-stage.ts';
import { readTokenizer } from './tokenizer-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-tokenize-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly id: string;
  readonly text: string;
  readonly domain?: string;
}

function contextOf(lines: readonly Line[], out = 'out', change: Partial<StageContext> = {}): StageContext {
  const path = join(folder, 'text.jsonl');
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  const study = checkStudy({
    name: 'x',
    corpus: { path, validationFraction: 0.25 },
    tokenizer: { vocabulary: 300 },
    transformer: { context: 8, tokens: 64, batchContexts: 8 },
    dictionaries: { positionsPerContext: 4 },
    analysis: { window: 8 },
  });
  const run = runFolder(join(folder, out));
  mkdirSync(run.tokens, { recursive: true });
  return {
    study,
    run,
    model: null,
    folder: run.tokens,
    checkpoint: join(run.tokens, 'checkpoint'),
    seed: 5,
    inputs: [],
    device: () => Promise.reject(new Error('tokenize asks for no device')),
    say: () => {},
    progress: () => {},
    now: () => 0,
    signal: new AbortController().signal,
    ...change,
  };
}

const plain = Array.from({ length: 40 }, (_, i): Line => ({
  id: `plain-${i}`,
  text: `Document ${i} says ${i * i} in words of its own.`,
  domain: i % 2 === 0 ? 'even' : 'odd',
}));

/** Texts that break what is careless, four of each kind so that both sides of the split have some. */
const hostile = Array.from({ length: 4 }, (_, i): Line[] => [
  { id: `markup-${i}`, text: `<script>alert("${i}")</script> & 'quotes'` },
  { id: `nul-${i}`, text: `a\u0000b ${i}` },
  { id: `surrogate-${i}`, text: `lone \ud800 here ${i}` },
  { id: `override-${i}`, text: `\u202Esdrawkcab ${i}` },
  { id: `run-${i}`, text: `${i}`.repeat(1_000_000) },
]).flat();

function read(path: string): { readonly text: string; readonly ids: Set<string>; readonly length: number } {
  using shard = TokenShard.open(path);
  const tokenizer = readTokenizer(join(path, '..', 'tokenizer.json'));
  const ids = new Set<string>();
  for (let position = 0; position < shard.length;) {
    const { id, start, length } = shard.documentAt(position);
    ids.add(id);
    position = start + length;
  }
  const text = new TextDecoder().decode(tokenizer.decode(shard.read(0, shard.length)));
  return { text, ids, length: shard.length };
}

describe('tokenizeStage', () => {
  it('puts every document whole on one side of the split, whatever is in it', async () => {
    const context = contextOf([...plain, ...hostile]);
    const facts = await tokenizeStage(context);
    const train = read(context.run.trainTokens);
    const validation = read(context.run.validationTokens);

    expect(train.ids.intersection(validation.ids)).toEqual(new Set());
    expect(train.ids.union(validation.ids)).toEqual(new Set([...plain, ...hostile].map(({ id }) => id)));
    const texts = `${train.text}${validation.text}`.split('<|endoftext|>');
    for (const { text } of [...plain, ...hostile]) expect(texts.includes(text.toWellFormed())).toBe(true);

    expect(facts).toMatchObject({
      documents: 60,
      trainTokens: train.length,
      validationTokens: validation.length,
    });
    expect(facts.domains.map(({ domain, documents }) => [domain, documents])).toEqual([
      ['even', 20],
      ['odd', 20],
      [null, 20],
    ]);
    expect(
      facts.domains.reduce(
        (sum, { trainTokens, validationTokens }) => sum + trainTokens + validationTokens,
        0,
      ),
    ).toBe(train.length + validation.length);
  });

  it('writes the same bytes for the same text and seed', async () => {
    const first = contextOf(plain, 'first');
    const second = contextOf(plain, 'second');
    expect(await tokenizeStage(first)).toEqual(await tokenizeStage(second));
    for (const name of ['tokenizer', 'trainTokens', 'validationTokens'] as const)
      expect(readFileSync(first.run[name]).equals(readFileSync(second.run[name]))).toBe(true);
  });

  it('learns its merges from training documents alone', async () => {
    const context = contextOf(plain);
    await tokenizeStage(context);
    const before = readFileSync(context.run.tokenizer, 'utf8');
    const { ids } = read(context.run.validationTokens);
    const others = contextOf(
      plain.filter(({ id }) => !ids.has(id) || id === [...ids][0]),
      'others',
    );
    await tokenizeStage(others);
    expect(readFileSync(others.run.tokenizer, 'utf8')).toBe(before);
  });

  it('says which side is too small for one context', async () => {
    const held = Array.from({ length: 40 }, (_, i) => String(i)).find((text) => isValidation(text, 0.25))!;
    const short = contextOf([
      ...plain.filter(({ text }) => !isValidation(text, 0.25)),
      { id: 'held', text: held },
    ]);
    const side =
      /validation documents: expected at least 9 tokens .*, got [1-3]; add text, or choose a shorter context/;
    await expect(tokenizeStage(short)).rejects.toThrow(side);
  });

  it('says what to do where all documents fall to one side, copies of one too', async () => {
    const text = 'Enough text for some contexts of eight tokens, all of it in training.';
    await expect(tokenizeStage(contextOf([{ id: 'a', text }]))).rejects.toThrow(
      /expected documents for training and for validation, got 1 document, which is for (training|validation); add different ones/,
    );
    const copies = Array.from({ length: 20 }, (_, i) => ({ id: `copy-${i}`, text }));
    await expect(tokenizeStage(contextOf(copies, 'copies'))).rejects.toThrow(
      /got 20 documents, all of which are for (training|validation); add different ones/,
    );
  });

  it('stops between two documents when asked to', async () => {
    const controller = new AbortController();
    let seen = 0;
    const context = contextOf(plain, 'out', {
      signal: controller.signal,
      progress: () => {
        seen += 1;
        if (seen === 50) controller.abort(new Interrupted());
      },
    });
    await expect(tokenizeStage(context)).rejects.toThrow(Interrupted);
    expect(seen).toBe(50);
  });
});

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTokenizer, saveTokenizer } from './tokenizer-file.ts';
import { tokenizerFromJson, tokenizerToJson } from './tokenizer-json.ts';
import { trainBytePair } from './train-byte-pair.ts';

const text = 'the theme of the thesis, 1 2 3 3 3 __proto__ __proto__ שלום שלום';
const tokenizer = trainBytePair([text, text], { vocabulary: 300 });

describe('tokenizer.json', () => {
  test('reads back as the same tokenizer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'monosema-tokenizer-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'tokenizer.json');
    saveTokenizer(path, tokenizer);
    const read = readTokenizer(path);
    expect(read.merges).toEqual(tokenizer.merges);
    expect(read.encode(text)).toEqual(tokenizer.encode(text));
    expect(tokenizerToJson(read)).toBe(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['tokenizer.json']);
  });

  test("spells bytes as GPT-2 does and names the end-of-text token as the field's tools look for it", () => {
    const { model, added_tokens: added } = JSON.parse(tokenizerToJson(tokenizer));
    // From GPT-2's own vocabulary: a space is Ġ, a newline Ċ, NUL Ā, byte 0xAD Ń, byte 0xFF itself.
    expect([
      model.vocab['Ġ'],
      model.vocab['Ċ'],
      model.vocab['Ā'],
      model.vocab['Ń'],
      model.vocab['ÿ'],
    ]).toEqual([0x20, 0x0a, 0x00, 0xad, 0xff]);
    expect(added).toMatchObject([{ id: tokenizer.endOfText, content: '<|endoftext|>', special: true }]);
    expect(Object.keys(model.vocab)).toHaveLength(tokenizer.size);
  });

  test('is refused when it is not one of ours, or was changed', () => {
    const json = tokenizerToJson(tokenizer);
    const refusal = (changed: string): string => {
      try {
        tokenizerFromJson(changed, 'tokenizer.json');
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    const expected = 'tokenizer.json: expected a tokenizer.json written by Monosema, got ';
    expect(refusal(json)).toBe('accepted');
    expect(refusal(json.slice(0, -5))).toBe(`${expected}text that is not JSON; run tokenize again`);
    for (const other of ['null', '[]', '{}', '{"model":{"merges":3}}'])
      expect(refusal(other)).toBe(`${expected}no model.merges; run tokenize again`);
    const own = 'settings or ids that are not its own; run tokenize again';
    expect(refusal(json.replace('{1,63}', '{1,64}'))).toBe(expected + own);
    expect(refusal(json.replace('"a": 97', '"a": 98'))).toBe(expected + own);
    const [first = ''] = JSON.parse(json).model.merges;
    const replaced = (merge: unknown) => refusal(json.replace(JSON.stringify(first), JSON.stringify(merge)));
    expect(replaced(`${first}zz`)).toContain(`the merge "${first}zz", not of two earlier tokens`);
    expect(replaced(7)).toContain('the merge 7, not of two earlier tokens');
    expect(replaced(first.split(' '))).toContain('not of two earlier tokens');
  });
});

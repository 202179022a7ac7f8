import { expect, test } from 'vitest';
import { spellForModel } from './prompts.ts';
import { readActivations, readExpected, readExplanation } from './read-answers.ts';

test('an explanation is what stands between the tags, on one line', () => {
  expect(readExplanation('thinking <answer> a\n b </answer> done')).toEqual({ value: 'a b' });
  expect(readExplanation('a b')).toHaveProperty('fault');
  expect(readExplanation('<answer> </answer>')).toHaveProperty('fault');
});

test('predictions are read by their numbers, in whatever dress a model gives them', () => {
  const lines = ['1 0', '2: 9', '3. "5"\t4', '4) 2.5', '  5   10', '6 7', 'That was all 6.'];
  const extra = Array.from({ length: 34 }, (_, i) => `${i + 7} 1`);
  // Line 5 is beyond the scale; one of forty may be missing.
  expect(readActivations([...lines, ...extra].join('\n'), 40)).toEqual({
    value: [0, 9, 4, 2.5, 0, 7, ...Array.from({ length: 34 }, () => 1)],
  });
  expect(readActivations('1 3\n3 3', 3)).toEqual({
    fault: 'of 3 lines, one for each number, 2 could be read',
  });
  expect(readActivations('12', 1)).toHaveProperty('fault');
});

test('expectations are read as yes and no', () => {
  expect(readExpected('1 yes\n2. No, rather not\n3\t"yes-man"\tno', 3)).toEqual({
    value: [true, false, true],
  });
  expect(readExpected('yes\nno', 2)).toHaveProperty('fault');
});

test('tokens are spelled so that none can be mistaken, bytes that are no text as bytes', () => {
  expect(spellForModel(Buffer.from(' a"\n'))).toBe('" a\\"\\n"');
  expect(spellForModel(Uint8Array.of(0xd7, 0x90))).toBe('"א"');
  expect(spellForModel(Uint8Array.of(0xd7))).toBe('bytes d7');
});

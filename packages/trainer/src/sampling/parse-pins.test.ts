import { expect, test } from 'vitest';
import { parsePins } from './parse-pins.ts';

test('a pin names a dictionary, a feature and what to hold it at', () => {
  expect(parsePins(['A/1:123=max', 'B/0:4=2.5', 'A/2:0=-1e-3'])).toEqual([
    { dictionary: 'A/1', feature: 123, value: 'max' },
    { dictionary: 'B/0', feature: 4, value: 2.5 },
    { dictionary: 'A/2', feature: 0, value: -0.001 },
  ]);
});

test.each(['A/1:123', '123=max', 'A/1:x=1', 'A/1:1=much', 'A/1:1=', ''])(
  '"%s" is refused by name',
  (text) => {
    expect(() => parsePins([text])).toThrow(`expected a pin as A/1:123=max or A/1:123=2.5, got "${text}"`);
  },
);

test.each(['1e999', '-1e39'])(
  'an activation of %s is refused, as no number of the model is so large',
  (value) => {
    expect(() => parsePins([`A/1:1=${value}`])).toThrow(
      `expected an activation that 32 bits can hold, got ${value}`,
    );
  },
);

test('a feature pinned twice is refused', () => {
  expect(() => parsePins(['A/1:1=max', 'A/1:1=2'])).toThrow('got A/1:1 twice');
});

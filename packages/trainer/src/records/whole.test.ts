import { expect, test } from 'vitest';
import { z } from 'zod';
import { featureRecord } from './schema.ts';
import { wholeness } from './whole.ts';

const schema = z.strictObject({
  count: z.int().min(0),
  number: z.number(),
  name: z.string().nullable(),
  kind: z.enum(['top', 'random']),
  list: z
    .array(z.strictObject({ on: z.boolean() }))
    .refine((list) => list.length < 3, { error: 'expected fewer than three' }),
  later: z.number().nullable().default(null),
});
const whole = {
  count: 0,
  number: -0.5,
  name: null,
  kind: 'top',
  list: [{ on: true }, { on: false }],
  later: null,
};

test('what a schema takes and gives back unchanged is whole', () => {
  const isWhole = wholeness(schema);
  expect(isWhole(whole)).toBe(true);
  expect(schema.parse(whole)).toEqual(whole);
});

test.each([
  ['a number that is none', { number: Number.NaN }],
  ['one that is not finite', { number: -Infinity }],
  ['a count below 0', { count: -1 }],
  ['a count that is no integer', { count: 0.5 }],
  ['a string for a number', { number: '1' }],
  ['another choice', { kind: 'bottom' }],
  ['an item of another shape', { list: [{ on: 1 }] }],
  ['an item with more in it', { list: [{ on: true, off: false }] }],
  ['a list that is refused by a refinement', { list: [{ on: true }, { on: true }, { on: true }] }],
  ['something more', { more: 1 }],
  ['something more in the place of what was left out', { later: undefined, more: 1 }],
  ['what a default would fill in', { later: undefined }],
  ['null where a list is', { list: null }],
])('%s is not whole', (_, change) => {
  expect(wholeness(schema)({ ...whole, ...change })).toBe(false);
});

test('a schema of values that are not plain is refused', () => {
  expect(() => wholeness(z.strictObject({ when: z.date() }))).toThrow('got one of date');
  expect(() => wholeness(z.string().max(2))).toThrow('got another check');
  expect(wholeness(featureRecord)({})).toBe(false);
});

import { expect, test } from 'vitest';
import { checkOptions } from './options.ts';

test('an unknown option is refused with the nearest valid one', () => {
  expect(() => checkOptions({ record: 'x', title: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected one of the options records, title, description, intro, maxBytes, authors, ratings, playground, got "record"; did you mean "records"?]`,
  );
  expect(() => checkOptions({ records: 'x', title: 'y', zzzzzzz: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected one of the options records, title, description, intro, maxBytes, authors, ratings, playground, got "zzzzzzz"; remove it]`,
  );
});

test('a missing or empty option is named', () => {
  expect(() => checkOptions({ records: 'x' })).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected the option "title" to be a text that is not empty, got nothing; set it in astro.config.mjs]`,
  );
  expect(() => checkOptions({ records: '', title: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected the option "records" to be a text that is not empty, got an empty one; set it in astro.config.mjs]`,
  );
  expect(() => checkOptions(undefined)).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected an object of options, got nothing; give at least records and title]`,
  );
  expect(() => checkOptions({ records: 'x', title: 'y', maxBytes: 1.5 })).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected the option "maxBytes" to be a whole number of bytes above 0, got number; set it in astro.config.mjs, or leave it out]`,
  );
  expect(() =>
    checkOptions({ records: 'x', title: 'y', authors: 'Anna' }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected the option "authors" to be a list of names, got string; set it in astro.config.mjs]`,
  );
  expect(() =>
    checkOptions({ records: 'x', title: 'y', playground: true }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: monosemaReport: expected the option "playground" to be false or { dictionaries: ['A/1'] }, got true; set it in astro.config.mjs, or leave it out]`,
  );
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openCorpus, type Document } from './corpus.ts';
import { isValidation } from './split.ts';

const root = new URL('../../../../', import.meta.url);
const documents: Document[] = await Array.fromAsync(
  openCorpus(fileURLToPath(new URL('corpus/tiny-pile', root))),
);
const domains = [...new Set(documents.map(({ domain }) => domain ?? ''))];

test('every domain of the bundled corpus has its source and terms in NOTICE, under a heading that is there', () => {
  const notice = readFileSync(new URL('NOTICE', root), 'utf8');
  expect(domains).toHaveLength(26);
  for (const domain of domains) {
    const row = new RegExp(`^${domain} {2,}\\S.*$`, 'm').exec(notice)?.[0] ?? '';
    expect(row, domain).not.toBe('');
    for (const [reference] of row.matchAll(/\[\d+\]/g)) expect(notice).toContain(`\n${reference} `);
  }
});

test('the bundled corpus holds no text twice, and its validation part has text of nearly every domain', () => {
  expect(documents).toHaveLength(1622);
  expect(new Set(documents.map(({ text }) => text)).size).toBe(1622);
  const without = (fraction: number) => {
    const held = documents.filter(({ text }) => isValidation(text, fraction));
    return domains.filter((domain) => !held.some((document) => document.domain === domain));
  };
  expect(without(0.1)).toEqual(['json-csv']);
  expect(without(0.18)).toEqual([]);
});

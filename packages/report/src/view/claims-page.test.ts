import { expect, test } from 'vitest';
import type { Claim } from './claim-words.ts';
import { claimsPage, figureValue } from './claims-page.ts';
import type { Site } from './site.ts';

test('a figure has the digits that it can bear: counts all, measurements three', () => {
  expect([1986, 24.83, 0.7219, 631.4, 12_229.4, 4990.2].map((value) => figureValue(value, ''))).toEqual([
    '1,986',
    '24.8',
    '0.722',
    '631',
    '12,200',
    '4,990',
  ]);
  expect(figureValue(13.2, 'times')).toBe('13.2 times');
  expect(figureValue(null, '%')).toContain('n/a');
});

test('a claim that was not measured says what the study lacks', () => {
  const claim: Claim = {
    id: 'splitting',
    claim: 'Features split.',
    rule: 'A rule.',
    holds: null,
    lacks: 'only 1 width of <dictionaries>',
    fails: null,
    figures: [],
    charts: [],
    features: [],
    against: [],
  };
  const { body } = claimsPage({ title: 'A site', findings: {} } as Site, { version: 2, claims: [claim] });
  expect(body).toContain('This study has only 1 width of &lt;dictionaries&gt;.');
  expect(body).toContain('0 hold, 0 fail, 1 was not measured');
});

test('a claim that fails says why, and shows what speaks against it', () => {
  const claim: Claim = {
    id: 'not-neurons',
    claim: 'They are no neurons.',
    rule: 'A rule.',
    holds: false,
    lacks: null,
    fails: 'a feature answers to 3 of 5 <kinds>',
    figures: [],
    charts: [],
    features: [],
    against: [{ dictionary: 'A/neurons', feature: 7, why: 'Hebrew: 0.70 against 0.40' }],
  };
  const site = { title: 'A site', findings: {}, dictionaries: new Map() } as unknown as Site;
  const { body } = claimsPage(site, { version: 2, claims: [claim] });
  expect(body).toContain('It fails because a feature answers to 3 of 5 &lt;kinds&gt;.');
  expect(body).toMatch(/What speaks against it.*A\/neurons·7.*Hebrew: 0.70 against 0.40/);
  expect(body).not.toContain('Features that show it');
});

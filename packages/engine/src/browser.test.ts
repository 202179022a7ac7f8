import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const IMPORT = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
const FILE = /new URL\(/g;
const FOUND_FILE = /new URL\('\.\/[\w.-]+\.wgsl', import\.meta\.url\)/g;

/** Every module that the door for browsers loads, with its text. */
function modulesBehind(entry: URL): Map<string, string> {
  const texts = new Map<string, string>();
  const visit = (url: URL): void => {
    if (texts.has(url.href)) return;
    const text = readFileSync(url, 'utf8');
    texts.set(url.href, text);
    for (const [, fixed, later] of text.matchAll(IMPORT)) {
      const specifier = fixed ?? later!;
      expect(specifier, `${url.pathname}: a browser has neither Node nor packages`).toMatch(/^\.\.?\//);
      visit(new URL(specifier, url));
    }
  };
  visit(entry);
  return texts;
}

test('what a browser loads imports its own files alone, and names kernels as bundlers find them', () => {
  const modules = modulesBehind(new URL('./browser.ts', import.meta.url));
  expect(modules.size).toBeGreaterThan(40);
  for (const [module, text] of modules) {
    expect(text.match(FILE)?.length, module).toBe(text.match(FOUND_FILE)?.length);
    expect(text, module).not.toMatch(/\bprocess\.|\beval\(|new Function\(/);
  }
});

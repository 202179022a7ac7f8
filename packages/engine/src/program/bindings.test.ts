import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bindingsOf } from './bindings.ts';

test('a kernel says of each of its bindings whether it writes it and what it holds', () => {
  const text = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;   // a comment
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(2) var<storage> rows: array<Column>;
@group(0) @binding(3) var<storage, read> pairs: array<Pair>;
@group(0) @binding(4) var<uniform> sizes: Sizes;
@group(0) @binding(5) var left: texture_storage_2d<rgba32float, read>;
@group(0) @binding(6) var packed: texture_storage_2d<rgba32float, write>;
var<workgroup> partial: array<f32, 64>;`;
  expect([...bindingsOf(text)]).toEqual([
    [0, { name: 'x', written: false, dtype: 'f32' }],
    [1, { name: 'counts', written: true, dtype: 'u32' }],
    [2, { name: 'rows', written: false, dtype: 'f32' }],
    [3, { name: 'pairs', written: false, dtype: null }],
    [5, { name: 'left', written: false, dtype: 'f32' }],
    [6, { name: 'packed', written: true, dtype: 'f32' }],
  ]);
});

test('the type of every binding of every kernel file is known, so none escapes the check', () => {
  const folder = fileURLToPath(new URL('../ops/', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.wgsl'),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const file of files) {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    const declared = bindingsOf(text);
    expect(declared.size, file).toBe(text.match(/@binding\(\d+\) var(<storage| \w+: texture)/g)?.length ?? 0);
    for (const [, { name, dtype }] of declared) expect(dtype, `${file}: ${name}`).not.toBeNull();
  }
});

// WGSL lets the store of a component store all of its vector, so that it races with who stores the others.
test('no kernel stores to a component of a vector that others store to', () => {
  const folder = fileURLToPath(new URL('../', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.wgsl'),
  );
  /** What several threads store to, and here a component of it. */
  const componentStores = (text: string): string[] => {
    const shared = [...text.matchAll(/var<(?:storage|workgroup)[^>]*> (\w+)/g)].map(([, name]) => name);
    const store = `\\b(?:${['result', ...shared].join('|')})\\[[^;=]*\\](?:\\.[xyzwrgba]+|\\[[^;=\\]]*\\]) *[-+*/|&]?=(?!=)`;
    return text.replaceAll(/\/\/.*/g, '').match(new RegExp(store, 'g')) ?? [];
  };
  const buffer = '@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;';
  expect(componentStores(`${buffer} if (mine.x) { y[at].x = v.x; }`)).toHaveLength(1);
  expect(componentStores(`${buffer} y[at / 4u][at % 4u] += v.x;`)).toHaveLength(1);
  expect(componentStores(`${buffer} y[at] = v[i].x; own[i].x = 1.0;`)).toEqual([]);
  for (const file of files)
    expect(componentStores(readFileSync(`${folder}/${file}`, 'utf8')), file).toEqual([]);
});

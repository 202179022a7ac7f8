import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Proof } from '../testing/index.ts';

const OPS = fileURLToPath(new URL('.', import.meta.url));
const ops = readdirSync(OPS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const read = (op: string, ending: string): string => {
  const path = `${OPS}${op}/${op}${ending}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** Ops whose gradient is other ops: the test that compares it with central differences is theirs, or with theirs. */
const GRADIENTS_ELSEWHERE: Readonly<Record<string, string>> = {
  'sampled-product': 'sparse-matmul',
  'sparse-transposed-matmul': 'sparse-matmul',
};

/**
 * Ops that are never differentiated: selections and masks (a gradient passes where they selected), what is done after
 * gradients, copies and measurements.
 */
const FORWARD_ONLY = [
  'above-bounds',
  'accumulate',
  'active-mask',
  'adam',
  'batch-threshold',
  'batch-top-k',
  'compact-rows',
  'copy-rows',
  'clear',
  'difference-cross-entropy',
  'difference-extremes',
  'gradient-norm',
  'idle-rows',
  'jump-relu',
  'kl-divergence',
  'masked-column-sum',
  'row-adam',
  'row-norm',
  'running-threshold',
  'top-k',
  'top-k-among',
  'where-marked',
];

/** The kinds of proof, each with whether an op has it. Sizes, guards, NaN and a second run are part of every Proof. */
function proofsOf(op: string, proofs: readonly Proof[]) {
  const byClass = proofs.some((proof) => proof.byClass);
  const kernels = readdirSync(`${OPS}${op}`).some((name) => name.endsWith('.wgsl'));
  const groups = [...read(op, '.ts').matchAll(/groups: (.*),/g)].some(([, count]) => count !== '1');
  const reduces = /reduces: true|isCpu|matmul/.test(read(op, '.ts'));
  return {
    'a float64 reference': read(op, '.reference.ts') !== '',
    'a test of the reference': read(op, '.test.ts') !== '' || op in GRADIENTS_ELSEWHERE,
    'a gradient against central differences':
      FORWARD_ONLY.includes(op) || read(GRADIENTS_ELSEWHERE[op] ?? op, '.test.ts').includes('checkGradient('),
    'kernels against the reference': proofs.length > 0 && read(op, '.gpu.test.ts').includes('prove(proofs, '),
    'more than 65,535 workgroups': !(kernels && groups) || proofs.some(({ folded }) => folded !== null),
    'kernels of hardware': !reduces || byClass,
  };
}

test.each(ops)('%s has every kind of proof', async (op) => {
  const path = `${OPS}${op}/${op}.proof.ts`;
  const { proofs } = existsSync(path)
    ? ((await import(path)) as { readonly proofs: Proof[] })
    : { proofs: [] };
  const missing = Object.entries(proofsOf(op, proofs)).filter(([, has]) => !has);
  expect(missing.map(([kind]) => kind)).toEqual([]);
});

test('an op that is differentiated is not counted among those that are not', () => {
  const differentiated = ops.filter((op) => /: Op</.test(read(op, '.ts')));
  expect(differentiated.length).toBeGreaterThan(8);
  expect(FORWARD_ONLY.filter((op) => differentiated.includes(op) || !ops.includes(op))).toEqual([]);
});

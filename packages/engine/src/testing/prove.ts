import { afterAll, describe, test } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import { asHardware, asOneLane } from './as-hardware.ts';
import { openChecked, openUnchecked } from './open-unchecked.ts';
import { drawSizes, type Proof } from './proof.ts';
import { seededRandom } from './random.ts';
import { watchGroups } from './watch-groups.ts';

/** The devices that proofs run on. */
export interface ProofDevices {
  /** As users get it. */
  readonly gpu: Gpu;
  /** With the bounds of every access checked; the same where the engine never leaves that out. */
  readonly checked: Gpu;
}

/** Opens both, for one file of tests, and closes them after it. */
export async function openProofDevices(): Promise<ProofDevices> {
  const gpu = await openUnchecked();
  const checked = await openChecked(gpu);
  afterAll(() => {
    for (const opened of new Set([gpu, checked])) opened.close();
  });
  return { gpu, checked };
}

/**
 * Registers the tests of proofs: every size, on kernels of this adapter and of hardware, without bounds checks (so
 * that guards catch what strays) and with them; sizes drawn at random, named by their seed; and a grid that folds.
 */
export function prove(proofs: readonly Proof[], devices: ProofDevices): void {
  for (const proof of proofs) {
    const { claim, check, folded } = proof;
    describe.each(formsOf(proof, devices))('$form', ({ on, sizes, drawn }) => {
      test.each(sizes.map((size) => [...size]))(claim, async (...size) => {
        await check(on, ...size);
      });
      const seeds = Array.from({ length: drawn }, (_, seed) => seed);
      test.each(seeds.map((seed) => [...drawSizes(seededRandom(seed), proof.largest), seed]))(
        `${claim} (drawn from seed %i)`,
        async (...size) => {
          await check(on, ...size.slice(0, -1));
        },
      );
    });
    test.each(folded === null ? [] : [[...folded]])(
      `${claim}, its grid folded past 65,535 workgroups`,
      async (...size) => {
        const groups = watchGroups(devices.gpu);
        const on = proof.spread ? asOneLane(devices.gpu) : devices.gpu;
        const { budgetMs } = on.submissions;
        // Else a slow adapter's dispatches would be cut along rows, for their time, before they are so many groups.
        on.submissions.budgetMs = Infinity;
        try {
          await check(on, ...size);
        } finally {
          on.submissions.budgetMs = budgetMs;
          groups.stop();
        }
        if (groups.most() <= 65_535)
          throw new RangeError(`expected sizes that take more than 65,535 workgroups, got ${groups.most()}`);
      },
    );
  }
}

interface Form {
  readonly form: string;
  readonly on: Gpu;
  readonly sizes: Proof['sizes'];
  /** How many sizes are drawn at random. */
  readonly drawn: number;
}

/** Every way that a proof's kernels run. Where compiling is slow, sizes are fewer: each compiles its own. */
function formsOf({ sizes, byClass }: Proof, { gpu, checked }: ProofDevices): Form[] {
  const lavapipe = gpu.adapterClass === 'cpu-wide';
  const forms: Form[] = [{ form: 'on this adapter', on: gpu, sizes, drawn: lavapipe ? 2 : 4 }];
  if (checked !== gpu) forms.push({ form: 'with bounds checked', on: checked, sizes, drawn: 0 });
  // A kernel with barriers takes lavapipe seconds to compile, and SwiftShader milliseconds.
  if (byClass && gpu.isCpu)
    forms.push({
      form: 'with the kernels of hardware',
      on: asHardware(gpu),
      sizes: lavapipe ? sizes.slice(-1) : sizes,
      drawn: lavapipe ? 0 : 2,
    });
  return forms;
}

import { assertClose } from './allclose.ts';
import { seededRandom, type Sample } from './random.ts';
import type { Arrays, OpReference } from './reference.ts';

const STEP = 1e-5;
const TOLERANCE = 1e-7;

/**
 * Fails unless the backward of a reference agrees with central differences of its forward.
 *
 * The loss is Σ output · cotangent with a random cotangent: under a plain sum, gradients that cancel (softmax,
 * layernorm) would be zero and a backward that returns zeros would pass. The difference may be 1e-7 of the
 * element, or of the typical element where that one is small by chance. Kinks must lie farther than 1e-5 from
 * every input.
 *
 * @throws {Error} naming the input, the first bad index and both values
 */
export function checkGradient<Name extends string>(
  reference: Pick<OpReference<Name>, 'forward' | 'backward'>,
  inputs: Readonly<Record<Name, Sample>>,
  seed = 1,
): void {
  const names = Object.keys(inputs) as Name[];
  const point = Object.fromEntries(names.map((name) => [name, inputs[name].values])) as Arrays<Name>;
  const random = seededRandom(seed);
  const cotangent = reference.forward(point).values.map(() => random.normal());
  const gradients = reference.backward(point, cotangent);
  for (const name of names) {
    const want = point[name].map((_, index) => {
      const ahead = reference.forward(moved(point, name, index, STEP)).values;
      const behind = reference.forward(moved(point, name, index, -STEP)).values;
      return ahead.reduce((sum, value, i) => sum + (value - behind[i]!) * cotangent[i]!, 0) / (2 * STEP);
    });
    const typical = Math.sqrt(want.reduce((sum, value) => sum + value * value, 0) / want.length);
    assertClose(
      `d${name}`,
      inputs[name].shape,
      gradients[name].values,
      want,
      (index) => TOLERANCE * Math.max(typical, Math.abs(want[index]!)),
    );
  }
}

function moved<Name extends string>(
  point: Arrays<Name>,
  name: Name,
  index: number,
  step: number,
): Arrays<Name> {
  const values = point[name].slice();
  values[index]! += step;
  return { ...point, [name]: values };
}

import { Sums } from '../../testing/reference.ts';

/** d (B,D) = scale · (x̂ - x), and rowLoss (B) = |x̂ - x|². */
export function residualReference(
  reconstruction: Float64Array,
  x: Float64Array,
  width: number,
  scale: number,
) {
  const d = new Sums(x.length);
  const rowLoss = new Sums(x.length / width);
  x.forEach((value, i) => {
    const difference = reconstruction[i]! - value;
    d.add(i, scale * difference);
    rowLoss.add(Math.floor(i / width), difference ** 2);
  });
  return { d, rowLoss };
}

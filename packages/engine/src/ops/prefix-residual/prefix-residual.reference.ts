import { Sums } from '../../testing/reference.ts';

/** See prefixResidual, for reconstructions (G·B,D) of x (B,D). */
export function prefixResidualReference(
  reconstructions: Float64Array,
  x: Float64Array,
  width: number,
  scale: number,
): { readonly d: Sums; readonly prefixLoss: Sums; readonly rowLoss: Sums } {
  const groups = reconstructions.length / x.length;
  const d = new Sums(reconstructions.length);
  const prefixLoss = new Sums(x.length / width);
  const rowLoss = new Sums(x.length / width);
  for (let g = 0; g < groups; g++) {
    x.forEach((value, i) => {
      const difference = reconstructions[g * x.length + i]! - value;
      for (let earlier = 0; earlier <= g; earlier++) d.add(earlier * x.length + i, scale * difference);
      const row = Math.floor(i / width);
      prefixLoss.add(row, difference ** 2 / groups);
      if (g === groups - 1) rowLoss.add(row, difference ** 2);
    });
  }
  return { d, prefixLoss, rowLoss };
}

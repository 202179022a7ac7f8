/** Bins a factor of ten. */
const BINS_A_DECADE = 4;

/** Features of a lower density are counted apart (Bricken et al. 2023). */
export const ULTRALOW = 1e-6;

/** How many features are active how often: counts of log10(density) between edges. */
export type DensityHistogram = {
  /** One more than counts. */
  readonly edges: number[];
  readonly counts: number[];
};

/**
 * The histogram of log10(density) over the features that were active at all, in bins that are the same for every window
 * of as many vectors: from once in the window, rounded down to a power of ten, up to always.
 *
 * @param density (F) shares of `vectors`
 */
export function densityHistogram(density: Float32Array, vectors: number): DensityHistogram {
  const decades = Math.max(1, Math.ceil(Math.log10(vectors) - 1e-9));
  const bins = decades * BINS_A_DECADE;
  const counts = Array.from({ length: bins }, () => 0);
  for (const share of density) {
    if (share === 0) continue;
    const bin = Math.floor((Math.log10(share) + decades) * BINS_A_DECADE);
    counts[Math.max(0, Math.min(bins - 1, bin))]! += 1;
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => i / BINS_A_DECADE - decades), counts };
}

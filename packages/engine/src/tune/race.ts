/** How one kernel fared in a race. */
export interface Standing {
  /** How often it took its turn: fewer times than the suggested one where it was far behind. */
  readonly rounds: number;
  /** Median of one product. */
  readonly milliseconds: number;
  /** Median of its time over that of the suggested kernel in the same round. */
  readonly ratio: number;
  /** How far apart the logarithms of these ratios were: 1.4826 times their median distance from their median, σ where they are normal. */
  readonly spread: number;
}

/** Who won a race, and how all of them stood. */
export interface RaceResult {
  readonly choice: string;
  /** True where another kernel seemed faster, and the rounds differed too much to tell. */
  readonly undecided: boolean;
  readonly kernels: Readonly<Record<string, Standing>>;
}

const ROUNDS = 9;
/** After so many rounds, kernels this much slower than the best are out of the race. */
const FIRST_ROUNDS = 2;
const BEHIND = 1.2;
/** How much faster than the suggested kernel another must be at least: less is not worth another order of adding. */
const WORTH = 0.03;
/** By how much, on a logarithmic scale, a ratio lies below 1. */
const gain = (ratio: number): number => -Math.log(ratio);

/**
 * Lets kernels take turns, and chooses one. What else the machine does slows all of them, but not alike: so each is
 * compared with the suggested kernel of the same round alone, which runs first and last in it; how far that differs
 * from itself is what chance does. Another kernel takes its place only if it is faster by more than WORTH, by more
 * than its own ratios are apart, and by more than the suggested one's are.
 *
 * @param kernels the suggested one first
 * @param seconds runs one, and says how long a product took it
 */
export async function race(
  kernels: readonly string[],
  seconds: (kernel: string) => Promise<number>,
): Promise<RaceResult> {
  const [suggested, ...others] = kernels as [string, ...string[]];
  const times = new Map(kernels.map((kernel) => [kernel, [] as number[]]));
  const ratios = new Map(kernels.map((kernel) => [kernel, [] as number[]]));
  const time = async (kernel: string): Promise<number> => {
    const took = await seconds(kernel);
    times.get(kernel)!.push(took);
    return took;
  };
  const best = (kernel: string): number => Math.min(...times.get(kernel)!);
  let running = others;
  let rounds = 0;
  for (; rounds < ROUNDS && running.length > 0; rounds++) {
    const before = await time(suggested);
    const took = new Map<string, number>();
    for (const kernel of running) took.set(kernel, await time(kernel));
    const after = await time(suggested);
    for (const [kernel, its] of took) ratios.get(kernel)!.push(its / Math.sqrt(before * after));
    ratios.get(suggested)!.push(after / before);
    // Whoever ran to the end is judged by all rounds.
    if (rounds + 1 < FIRST_ROUNDS || rounds + 1 === ROUNDS) continue;
    const limit = BEHIND * Math.min(...kernels.map(best));
    running = running.filter((kernel) => best(kernel) <= limit);
  }
  if (rounds === 0) await time(suggested);
  const standings = new Map(
    kernels.map((kernel) => [kernel, standing(times.get(kernel)!, ratios.get(kernel)!)]),
  );
  const chance = standings.get(suggested)!.spread;
  const faster = running
    .map((kernel) => ({ kernel, ...standings.get(kernel)! }))
    .filter(({ ratio }) => gain(ratio) > WORTH)
    .toSorted((a, b) => a.ratio - b.ratio);
  const surely = faster.filter(({ ratio, spread }) => gain(ratio) > Math.max(spread, chance));
  return {
    choice: surely[0]?.kernel ?? suggested,
    undecided: surely.length === 0 && faster.length > 0,
    kernels: Object.fromEntries(
      [...standings].map(([kernel, its]) => [kernel, kernel === suggested ? { ...its, ratio: 1 } : its]),
    ),
  };
}

function standing(seconds: readonly number[], ratios: readonly number[]): Standing {
  const ratio = ratios.length === 0 ? 1 : median(ratios);
  const spread =
    ratios.length === 0 ? 0 : 1.4826 * median(ratios.map((each) => Math.abs(Math.log(each / ratio))));
  return {
    rounds: ratios.length,
    milliseconds: Number((1000 * median(seconds)).toPrecision(4)),
    ratio: Number(ratio.toFixed(3)),
    spread: Number(spread.toFixed(3)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

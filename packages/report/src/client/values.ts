import { loadScript } from './load-script.ts';

/** Values of one token: id, activation, change of the loss, then the logits that rise and those that fall. */
export type Part = [id: number, activation: number, change?: number, risen?: number[], fallen?: number[]];

/** Values of a line: the parts of each of its units. */
export interface Line {
  units: Part[][];
  /** Where the text is from; only beside a feature's page. */
  source?: string;
  /** HTML of what the record has before and after the line; only beside a feature's page. */
  before?: string;
  after?: string;
  /** Active tokens in equal bins from 0 to the largest activation; only beside a feature's page. */
  counts?: number[];
  /** Tokens that logits refer to. */
  names: string[];
}

interface FeatureValues {
  counts: number[];
  names: string[];
  lines: [source: string, units: Part[][], before: string, after: string][];
}

declare global {
  // oxlint-disable-next-line no-var
  var monosemaValues: ((values: Record<string, FeatureValues | undefined>) => void) | undefined;
}

let lines: Promise<Line[]> | undefined;

/** The values of a line: from the line itself, or from a file of values, which is loaded once. */
export async function loadValues(line: HTMLElement): Promise<Line | undefined> {
  const inline = line.dataset['v'];
  if (inline) return { units: JSON.parse(inline) as Part[][], names: [] };
  const [file, index = ''] = line.closest<HTMLElement>('[data-values]')?.dataset['values']?.split('#') ?? [];
  if (!file) return undefined;
  lines ??= new Promise((resolve, reject) => {
    globalThis.monosemaValues = (features) => {
      const { counts, names, lines: found } = features[index] ?? { counts: [], names: [], lines: [] };
      resolve(
        found.map(([source, units, before, after]) => ({ source, units, before, after, counts, names })),
      );
    };
    loadScript(file).catch(reject);
  });
  return (await lines)[[...document.querySelectorAll('.grp li p')].indexOf(line)];
}

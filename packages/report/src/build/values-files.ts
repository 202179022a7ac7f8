import { valuesScript } from '../view/feature-values.ts';

/**
 * Bytes of a file of values, about: what a reader loads with the first tooltip of a page, 20 KB compressed. A file a
 * feature would be less, but as many files again as there are pages.
 */
const ENOUGH = 64_000;

/** Gathers the values of features, and gives a file of them whenever there are enough. */
export function valuesFiles(write: (file: string, code: string) => void): {
  /** File of the next feature's values, from the folder of its dictionary. */
  readonly next: string;
  add(index: number, values: string): void;
  end(): void;
} {
  let at = 0;
  let size = 0;
  let gathered = new Map<number, string>();
  const file = (): string => `data/values-${at}.js`;
  const end = (): void => {
    if (gathered.size === 0) return;
    write(file(), valuesScript(gathered));
    gathered = new Map();
    size = 0;
    at++;
  };
  return {
    get next() {
      return file();
    },
    add(index, values) {
      gathered.set(index, values);
      size += values.length;
      if (size >= ENOUGH) end();
    },
    end,
  };
}

/** Writes the table of bench/README.md from bench/results/peers: node table.ts */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  readonly library: string;
  readonly milliseconds: number;
  readonly gigaflops?: number;
}
interface Report {
  readonly bench: string;
  readonly adapter: { readonly name: string };
  readonly results: readonly Row[];
}

const [START, END] = ['<!-- table: written by table.ts -->', '<!-- end of table -->'];
const PEERS = ['jax-js', 'tfjs', 'onnxruntime-web'];

/** Times of all libraries, and how many times faster than the best of the others the engine is. */
export function table(reports: readonly Report[]): string {
  const lines = reports.map(({ bench, adapter, results }) => {
    const of = (library: string): Row | undefined => results.find((row) => row.library === library);
    const ours = of('monosema')!;
    const others = PEERS.map(of);
    const best = Math.min(...others.map((row) => row?.milliseconds ?? Infinity));
    const cell = (row: Row | undefined): string => {
      if (row === undefined) return '';
      return row.gigaflops === undefined
        ? String(row.milliseconds)
        : `${row.milliseconds} (${row.gigaflops.toPrecision(3)})`;
    };
    const problem = bench
      .split('/')
      .at(-1)!
      .replace(/-(?=\d)/, ' ');
    const cells = [adapter.name, problem, cell(ours), ...others.map(cell)];
    return [...cells, `${(best / ours.milliseconds).toFixed(1)}x`];
  });
  const header = ['adapter', 'problem', 'monosema', ...PEERS, 'best peer / ours'];
  const rule = header.map((_, i) => (i < 2 ? '---' : '---:'));
  return [header, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const folder = join(import.meta.dirname, 'results', 'peers');
const reports = globSync('*/*.json', { cwd: folder })
  .toSorted()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report);
const readme = join(import.meta.dirname, 'README.md');
const text = readFileSync(readme, 'utf8');
const [before, after] = [text.slice(0, text.indexOf(START)), text.slice(text.indexOf(END))];
writeFileSync(readme, `${before}${START}\n\n${table(reports)}\n\n${after}`);

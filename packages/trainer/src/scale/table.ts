import type { Study } from '../config/schema.ts';
import {
  CONTEXTS,
  dictionaryJob,
  ENCODED,
  entriesJob,
  harvestJob,
  modelJob,
  transformerOf,
  type Job,
} from './stages.ts';

/** A kind of GPU, by what its kernels reach at best. */
interface Kind {
  readonly flops: number;
  readonly bytes: number;
}

/** Arithmetic in float32 a second, and memory traffic a second, of GPUs of three sizes. */
const KINDS: readonly Kind[] = [
  { flops: 10e12, bytes: 500e9 },
  { flops: 40e12, bytes: 700e9 },
  { flops: 80e12, bytes: 1000e9 },
];

/** Active features of a vector that the counts suppose. */
const L0 = 20;

/** The jobs of a study's stages, counted. Models and dictionaries of the same sizes are counted once. */
export async function jobsOf(study: Study): Promise<Job[]> {
  const config = transformerOf(study);
  const { transformer, dictionaries, analysis } = study;
  const { vectors, batch, positionsPerContext: positions, site, layer } = dictionaries;
  const width = transformer.dMlp;
  const distinct = dictionaries.list.filter(
    ({ expansion }, i) => i === dictionaries.list.findIndex((other) => other.expansion === expansion),
  );
  const jobs = [
    await modelJob(config, transformer.batchContexts, transformer.tokens),
    await modelJob(
      { ...config, vocabulary: 8192 },
      transformer.batchContexts,
      1e9,
      'a model: 1 G tokens, V 8,192',
    ),
    await harvestJob(config, { name: site, layer }, { contexts: CONTEXTS, positions, vectors }),
  ];
  for (const item of distinct) jobs.push(await dictionaryJob(item, { width, batch, vectors, l0: L0 }));
  for (const item of distinct)
    jobs.push(await entriesJob(item, { width, batch: ENCODED, vectors: analysis.evaluationTokens, l0: L0 }));
  return jobs;
}

/**
 * Seconds that work takes where arithmetic and traffic never overlap, of which each is at the kind's best: what a share of
 * it that is reached divides.
 */
export function idealSeconds({ flops, bytes }: Kind, work: Kind): number {
  return work.flops / flops + work.bytes / bytes;
}

/** What is counted: of one run, and in all. */
export function countTable(jobs: readonly Job[]): string {
  const lines = jobs.map(({ name, runs, work, memory, disk }) => [
    name,
    runs.toLocaleString('en'),
    metric(work.flops, 'FLOP'),
    metric(work.bytes, 'B'),
    metric(runs * work.flops, 'FLOP'),
    metric(memory, 'B'),
    metric(disk, 'B'),
  ]);
  const header = [
    'job',
    'runs',
    'arithmetic a run',
    'traffic a run',
    'arithmetic in all',
    'device memory',
    'files',
  ];
  return markdown([header, ...lines]);
}

/** How long each job takes on each kind of GPU. @param reached share of the ideal, see idealSeconds */
export function timeTable(jobs: readonly Job[], reached: number): string {
  const header = [
    'job',
    ...KINDS.map((kind) => `${metric(kind.flops, 'FLOP/s')}, ${metric(kind.bytes, 'B/s')}`),
  ];
  const lines = jobs.map(({ name, runs, work }) => [
    name,
    ...KINDS.map((kind) => {
      const ideal = runs * idealSeconds(kind, work);
      return `${duration(ideal)} to ${duration(ideal / reached)}`;
    }),
  ]);
  return markdown([header, ...lines]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(rows[0]!), `| ${rule.join(' | ')} |`, ...rows.slice(1).map(line)].join('\n');
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

function metric(value: number, unit: string): string {
  const power = value === 0 ? 0 : Math.min(6, Math.floor(Math.log10(Number(value.toPrecision(3))) / 3));
  return `${Number((value / 1000 ** power).toPrecision(3))} ${PREFIXES[power]}${unit}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 7200) return `${Number((seconds / 60).toPrecision(2))} min`;
  if (seconds < 2 * 86_400) return `${Number((seconds / 3600).toPrecision(2))} h`;
  return `${Number((seconds / 86_400).toPrecision(2))} d`;
}

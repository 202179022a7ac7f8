import { readFile } from 'node:fs/promises';
import { paper } from '../config/presets.ts';
import { checkStudy } from '../config/check-study.ts';
import { dictionaryJob, modelJob, type Job } from './stages.ts';
import { countTable, idealSeconds, jobsOf, timeTable } from './table.ts';

const BENCHES = new URL('../../../../bench/results/', import.meta.url);

/** One step that was timed, and the share of its ideal that it reached on that adapter. */
export interface Reached {
  readonly step: string;
  readonly milliseconds: number;
  readonly share: number;
}

/** A row of bench/widths.ts. */
interface Timed {
  readonly batch: number;
  readonly features: number;
  readonly l0: number;
  readonly milliseconds: number;
}

/** The shares that steps reached on lavapipe, from committed results and the adapter's measured peak. */
export async function reachedShares(): Promise<Reached[]> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(`${name}.json`, BENCHES), 'utf8'));
  const profile = (await read('profile-cpu-wide')) as {
    results: [
      { peak: Record<'flops' | 'bandwidth', { perSecond: number }> },
      ...{ step: string; milliseconds: number }[],
    ];
  };
  const [{ peak }, ...profiled] = profile.results;
  const kind = { flops: peak.flops.perSecond, bytes: peak.bandwidth.perSecond };
  const share = (step: string, milliseconds: number, { work }: Job): Reached => ({
    step,
    milliseconds,
    share: idealSeconds(kind, work) / (milliseconds / 1000),
  });

  const model = profiled.find(({ step }) => step.includes('V 2,048'))!;
  const config = {
    layers: 1,
    dModel: 128,
    heads: 4,
    dMlp: 512,
    context: 128,
    vocabulary: 2048,
    activation: 'relu',
    layerNormEpsilon: 1e-5,
    tied: false,
  } as const;
  const reached = [
    share('the model, V 2,048, 1,024 tokens', model.milliseconds, await modelJob(config, 8, 1)),
  ];
  const timed = [];
  for (const name of ['widths', 'widths-batch'])
    timed.push(...((await read(name)) as { results: Timed[] }).results);
  for (const { batch, features, l0, milliseconds } of timed) {
    const item = { id: 'A/1', expansion: features / 512, architecture: 'paper', l1Coefficient: 1 } as const;
    const job = await dictionaryJob(item, { width: 512, batch, vectors: batch, l0 });
    reached.push(
      share(
        `a dictionary, F ${features.toLocaleString('en')}, ${batch.toLocaleString('en')} vectors`,
        milliseconds,
        job,
      ),
    );
  }
  return reached;
}

/** The parts of docs/scale.md that are counted, by the names that its comments give them. */
export async function countedParts(): Promise<Readonly<Record<string, string>>> {
  const jobs = await jobsOf(checkStudy({ ...paper, name: 'paper', corpus: { path: 'pile' } }));
  const reached = await reachedShares();
  const least = Math.min(...reached.map(({ share }) => share));
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const shares = reached.map(
    ({ step, milliseconds, share }) => `| ${step} | ${milliseconds} ms | ${percent(share)} |`,
  );
  return {
    counted: countTable(jobs),
    reached: ['| step | measured | share of the ideal |', '| -- | --: | --: |', ...shares].join('\n'),
    times: timeTable(jobs, least),
  };
}

/** Puts parts between the comments that name them. @throws {Error} where a document lacks one */
export function withParts(document: string, parts: Readonly<Record<string, string>>): string {
  let text = document;
  for (const [name, part] of Object.entries(parts)) {
    const [start, end] = [`<!-- counted: ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/scale.md: expected "${start}" and "${end}", got none`);
    text = `${text.slice(0, from + start.length)}\n\n${part}\n\n${text.slice(to)}`;
  }
  return text;
}

/**
 * Measures the dictionaries of a run on held-out text, in groups that differ in nothing but their random start:
 * node pareto.ts [--tokens 65536] RUN [CONFIG]
 *
 * RUN is the folder of a run whose dictionaries are trained, CONFIG its study; without one, sites/demo/pareto.config.ts.
 * Prints a table of L0 against explained variance and loss recovered, a row a group and in it each dictionary.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDevice } from '@monosema/engine';
import { runFolder } from '../packages/trainer/src/artefacts/run-folder.ts';
import { loadStudy } from '../packages/trainer/src/config/load.ts';
import type { StudyDictionary } from '../packages/trainer/src/config/schema.ts';
import { parameterTensors } from '../packages/trainer/src/dictionary/dictionary.ts';
import { loadDictionary } from '../packages/trainer/src/dictionary/dictionary-folder.ts';
import { Validation, type ValidationMetrics } from '../packages/trainer/src/dictionary/validation.ts';
import { importedSizes } from '../packages/trainer/src/model/imported-model.ts';
import { loadModel } from '../packages/trainer/src/model/model-folder.ts';
import { siteOf, siteWidth } from '../packages/trainer/src/model/sites.ts';
import { Contexts } from '../packages/trainer/src/tokens/contexts.ts';
import { TokenShard } from '../packages/trainer/src/tokens/token-shard.ts';
import { currentLoad, writeResults } from './harness.ts';

const { values, positionals } = parseArgs({
  options: { tokens: { type: 'string', default: '65536' } },
  allowPositionals: true,
});
const [folder, config = fileURLToPath(new URL('../sites/demo/pareto.config.ts', import.meta.url))] =
  positionals;
if (folder === undefined)
  throw new Error('expected the folder of a run, got nothing: node bench/pareto.ts RUN [CONFIG]');
const load = currentLoad();
const study = await loadStudy(config, [], async (path) => importedSizes(path));
const run = runFolder(folder);
const gpu = await openDevice();
const { list } = study.dictionaries;
const site = siteOf(study.dictionaries);
using heldOut = TokenShard.open(run.validationTokens);
const contexts = new Contexts(heldOut, study.transformer.context, 'validation text');

const groups = new Map<string, { item: StudyDictionary; measured: ValidationMetrics[] }>();
for (const letter of new Set(list.map(({ id }) => id.split('/')[0]!))) {
  const model = { ...loadModel(gpu, run.model(letter)), site, contexts };
  const ofModel = list.filter(({ id }) => id.startsWith(`${letter}/`));
  const width = siteWidth(model.config, site);
  const widest = Math.max(...ofModel.map(({ expansion }) => Math.round(expansion * width)));
  // Stored dictionaries take activations as they are.
  const validation = await Validation.open(gpu, model, { tokens: Number(values.tokens), scale: 1, widest });
  for (const item of ofModel) {
    const { dictionary } = await loadDictionary(gpu, run.dictionary(item.id), item.id);
    const measured = await validation.measure(item.id, dictionary, 0);
    const key = JSON.stringify({ ...item, id: letter });
    const group = groups.get(key) ?? { item, measured: [] };
    group.measured.push(measured);
    groups.set(key, group);
    for (const tensor of parameterTensors(dictionary).values()) tensor.buffer.destroy();
  }
  validation.close();
}

const percent = (share: number | null): string => (share === null ? 'n/a' : `${(100 * share).toFixed(1)} %`);
const each = (measured: readonly ValidationMetrics[], show: (of: ValidationMetrics) => string): string =>
  measured.map(show).join(', ');
const { tokens, originalLoss, zeroAblatedLoss } = [...groups.values()][0]!.measured[0]!;
console.log(
  `${tokens} held-out tokens; loss ${originalLoss.toFixed(3)}, without what is decomposed ${zeroAblatedLoss.toFixed(3)}\n`,
);
console.log('| architecture | wanted | L0 | explained variance | loss recovered |');
console.log('| -- | --: | --: | --: | --: |');
for (const { item, measured } of groups.values()) {
  const { architecture, penalty, k, targetL0 } = item;
  const name = penalty === undefined ? architecture : `${architecture}, ${penalty}`;
  console.log(
    `| ${name} | ${k ?? targetL0 ?? 'n/a'} | ${each(measured, ({ l0 }) => l0.toFixed(1))} | ${each(measured, (of) => percent(of.explainedVariance))} | ${each(measured, (of) => percent(of.lossRecovered))} |`,
  );
}
writeResults(
  'pareto',
  gpu,
  load,
  [...groups].map(([key, { measured }]) => ({ ...(JSON.parse(key) as StudyDictionary), measured })),
);
gpu.close();

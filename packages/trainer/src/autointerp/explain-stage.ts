import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { scoreDistribution } from '../analysis/feature-tally.ts';
import { uniforms, wordOf } from '../random/seeded.ts';
import { scramble } from '../tokens/scramble.ts';
import { openExams, openRecords, RECORDS_VERSION, writeExplanations, type Exams } from '../records/index.ts';
import { AnswerStore } from './answer-store.ts';
import { ChatEndpoint } from './chat-endpoint.ts';
import { ExplainerError } from './explainer-error.ts';
import { explainFeature, type Explained } from './explain-feature.ts';
import { spellForModel } from './prompts.ts';

/** Names the environment variable with the endpoint's key: a study is shared, a key is not. */
const KEY = 'MONOSEMA_EXPLAINER_KEY';
/** Characters of an answer that a fault shows. */
const SHOWN = 80;

/**
 * Asks a language model about some features of every dictionary and of the neurons, drawn at random among those with
 * enough examples, and writes what it says with its scores. Answers are kept as they come: an endpoint that fails or
 * an interruption loses none, and the records of the analysis are as they were.
 */
export async function explainStage(context: StageContext): Promise<Facts> {
  const { study, run, seed, signal } = context;
  const { url, model, features, requestsPerMinute, parallel } = study.explainer!;
  const records = openRecords(run.records);
  const bytes = records.vocabulary().tokens.map((token) => Buffer.from(token, 'base64'));
  const endpoint = new ChatEndpoint({
    url,
    model,
    key: process.env[KEY] || null,
    requestsPerMinute,
    signal,
    say: context.say,
  });
  const store = new AnswerStore(run.answers, model);
  const spell = (token: number): string => spellForModel(bytes[token]!);
  const ids = records.study().dictionaries;
  const chosen = new Map<string, { exams: Exams; features: number[] }>();
  for (const id of ids) {
    const exams = await openExams(run.records, id);
    chosen.set(id, { exams, features: await drawFeatures(exams, features, scramble(seed, wordOf(id))) });
  }
  const total = [...chosen.values()].reduce((sum, { features: drawn }) => sum + drawn.length, 0);
  const scores: Record<string, unknown> = {};
  let done = 0;
  let explainedAtAll = 0;
  let last = '';
  const unread = (answer: string) => (last = answer);
  for (const [id, { exams, features: drawn }] of chosen) {
    const found = await explainEach(drawn, parallel, async (feature) => {
      signal.throwIfAborted();
      const parts = { endpoint, store, spell, seed: scramble(seed, wordOf(id), feature), unread };
      const said = await explainFeature((await exams.of(feature))!, parts);
      done += 1;
      context.progress({ done, total, unit: 'features' });
      return said;
    });
    explainedAtAll += found.length;
    const distributions = {
      activation: scoreDistribution(valid(found, 'activationScore'), [-1, 1]),
      logit: scoreDistribution(valid(found, 'logitScore'), [0, 1]),
    };
    writeExplanations(run.records, {
      version: RECORDS_VERSION,
      dictionary: id,
      explainer: model,
      features: found.map(([feature, said]) => ({ feature, ...said })),
      asked: drawn.length,
      scores: distributions,
    });
    if (found.length < drawn.length)
      context.say(
        `explain: no readable explanation of ${drawn.length - found.length} of ${drawn.length} features of ${id}`,
      );
    scores[id] = {
      asked: drawn.length,
      explained: found.length,
      activation: distributions.activation.median,
      logit: distributions.logit.median,
    };
  }
  if (total > 0 && explainedAtAll === 0)
    throw new ExplainerError(
      `explain: expected explanations between <answer> and </answer> from ${model}, got none of ${total} features, last ${JSON.stringify(last.slice(0, SHOWN))}; see that it is a model that follows instructions and has room for its answer, and run the same command again`,
    );
  return { explainer: model, scores };
}

/** What was said of each of some features, in their order, several asked about at a time; without those of whom nothing was. */
async function explainEach(
  features: readonly number[],
  parallel: number,
  explain: (feature: number) => Promise<Explained | null>,
): Promise<[number, Explained][]> {
  const explained: [number, Explained][] = [];
  const waiting = [...features];
  const worker = async (): Promise<void> => {
    for (let feature = waiting.shift(); feature !== undefined; feature = waiting.shift()) {
      const said = await explain(feature);
      if (said !== null) explained.push([feature, said]);
    }
  };
  // Of several that fail, the first says why; the others end at their next question.
  await Promise.all(
    Array.from({ length: parallel }, () =>
      worker().catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      }),
    ),
  );
  return explained.sort(([a], [b]) => a - b);
}

/** Features with an exam, drawn at random. */
async function drawFeatures(exams: Exams, most: number, seed: number): Promise<number[]> {
  const uniform = uniforms(seed);
  const order = Array.from({ length: exams.features }, (_, feature) => ({ feature, lot: uniform() })).sort(
    (a, b) => a.lot - b.lot,
  );
  const drawn: number[] = [];
  for (const { feature } of order) {
    if (drawn.length === most) break;
    if ((await exams.of(feature)) !== null) drawn.push(feature);
  }
  return drawn;
}

function valid(found: readonly (readonly [number, Explained])[], score: 'activationScore' | 'logitScore') {
  return found.flatMap(([, said]) => said[score] ?? []);
}

import { join } from 'node:path';
import { readTensor } from '@monosema/engine';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { CONTROL } from '../config/control.ts';
import { loadDictionary, type LoadedDictionary } from '../dictionary/dictionary-folder.ts';
import { loadModel } from '../model/model-folder.ts';
import { siteOf, siteWidth } from '../model/sites.ts';
import {
  RECORDS_VERSION,
  removeExplanations,
  writeFinding,
  writeStudy,
  writeText,
  writeVocabulary,
} from '../records/index.ts';
import type { StudyInput } from '../records/schema.ts';
import { Contexts } from '../tokens/contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { openTokenizer } from '../tokens/open-tokenizer.ts';
import { hasNeurons, type AnalysedModel } from './analysed-model.ts';
import { analyseModel, type ModelFindings } from './analyse-model.ts';
import { histogramOf, median } from './bins.ts';
import { canVerify } from './automata/verify-cycles.ts';
import { claimsOf } from './claims/claims-of.ts';
import { dictionaryRecordOf } from './dictionary-summary.ts';
import { evaluationOf } from './evaluation.ts';
import { expectedWork, MODEL_PARTS, type ExpectedSource, type ModelPart } from './expected-work.ts';
import { explainContext } from './explain/explain-source.ts';
import { collect, type Collected } from './entries/collect.ts';
import type { FeatureSource } from './feature-source.ts';
import { LEVELS } from './examples/levels.ts';
import { KeptParts } from './kept-parts.ts';
import { compareTwins } from './pairs/compare-twins.ts';
import { EDGE_THRESHOLD, MIN_ACTIVE_TOKENS } from './pairs/splitting.ts';
import type { LogitMap } from './pairs/twin-similarity.ts';
import { finalMap, streamDirections } from './effects/final-map.ts';
import { exampleTexts } from './texts/example-texts.ts';
import { PhaseClock } from './phase-clock.ts';
import { ProxyText } from './proxies/proxy-text.ts';
import { dictionariesByWidth, relate } from './relate.ts';
import { domainFeatures, domainTable } from './text/domain-features.ts';
import { EvaluationText } from './text/evaluation-text.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { corpusOf, modelRecordOf, provenanceOf, trainingOf } from './training-facts.ts';
import { writePlayground } from './write-playground.ts';

/** A model with its dictionaries, on the device. */
interface LoadedModel {
  readonly model: AnalysedModel;
  readonly dictionaries: ReadonlyMap<string, LoadedDictionary>;
}

/** Measures every feature of every dictionary and all neurons, and writes the feature records. */
export async function analyseStage(context: StageContext): Promise<Facts> {
  const { study, run } = context;
  const { analysis } = study;
  const site = siteOf(study.dictionaries);
  removeExplanations(run.records);
  const kept = new KeptParts(context);
  using shard = TokenShard.open(run.validationTokens);
  const validation = new Contexts(shard, study.transformer.context, 'validation text');
  const contexts = new SpacedContexts(validation, analysis.evaluationTokens);
  const tokenizer = openTokenizer(run.tokenizer, study.transformer.import !== null, shard);
  const text = EvaluationText.open(shard, contexts, tokenizer, analysis.domains);
  const gpu = await context.device();

  const { list, imports } = study.dictionaries;
  const controlled = list.some(({ id }) => id.startsWith(CONTROL));
  const letters = [...study.transformer.models, ...(controlled ? [CONTROL] : [])];
  const loaded: LoadedModel[] = [];
  for (const letter of letters) {
    const model = { letter, site, ...loadModel(gpu, run.model(letter)) };
    const ids = [...list, ...imports].map(({ id }) => id).filter((id) => id.startsWith(`${letter}/`));
    const dictionaries = new Map<string, LoadedDictionary>();
    for (const id of ids) dictionaries.set(id, await loadDictionary(gpu, run.dictionary(id), id));
    loaded.push({ model, dictionaries });
  }
  const expected = (sourcesOf: (of: LoadedModel) => ExpectedSource[]) =>
    expectedWork(
      loaded.map((of, m) => ({ ...of.model, sources: sourcesOf(of), steers: m === 0 })),
      {
        tokens: contexts.tokens,
        lossTokens: Math.min(analysis.lossTokens, contexts.tokens),
        window: Math.min(analysis.window, contexts.length),
        examples: 2 * analysis.topExamples + LEVELS * analysis.examplesPerInterval,
      },
    );
  const clock = new PhaseClock(context, expected(guessedSources));
  const models = new Map<string, LoadedModel & { readonly collected: Collected }>();
  for (const { model, dictionaries } of loaded) {
    const { letter } = model;
    const collected = await collect(gpu, model, dictionaries, contexts, analysis.lossTokens, kept, (tokens) =>
      clock.reach(`activations of ${letter}`, tokens / contexts.tokens),
    );
    clock.reach(`activations of ${letter}`, 1);
    models.set(letter, { model, dictionaries, collected });
  }

  clock.expect(expected(({ model }) => models.get(model.letter)!.collected.sources.map(measuredSource)));
  const sources = [...models.values()].flatMap(({ collected }) => collected.sources);
  const { histogramBins } = analysis;
  const { relations, universality } = await relate(sources, {
    histogramBins,
    kept,
    watch: (share) => clock.reach('relations', share),
  });

  const maps = new Map<string, LogitMap>();
  for (const { model, dictionaries, collected } of models.values()) {
    const { weights, bias } = await finalMap(gpu, model);
    const unembedding = await readTensor(gpu, weights);
    for (const tensor of [weights, bias]) tensor.buffer.destroy();
    for (const { id } of collected.sources) {
      const directions = await streamDirections(gpu, model, dictionaries.get(id)?.dictionary.decoder ?? null);
      const { dModel: width } = model.config;
      maps.set(id, { width, directions, weights: unembedding, scale: collected.meanInverseDeviation });
    }
  }
  await compareTwins(sources, relations, universality, maps, text, kept, () => clock.reach('relations', 1));
  clock.reach('relations', 1);
  const directions = new Map([...maps].map(([id, map]) => [id, map.directions]));

  const tokensOfClass = countClasses(text);
  const shownFor = domainDictionary(sources, letters);
  const explain = explainContext(text, tokenizer, context.seed, () => clock.reach('text', 0.5));
  const proxyText = ProxyText.open(text, tokenizer, () => clock.reach('text', 1));
  const findings: ModelFindings[] = [];
  for (const [m, { model, dictionaries, collected }] of [...models.values()].entries()) {
    const options = {
      ...analysis,
      seed: context.seed,
      text,
      directions,
      explain,
      proxies: proxyText,
      steers: m === 0,
      records: run.records,
      kept,
      watch: (part: ModelPart, share: number) => clock.reach(`${part} of ${model.letter}`, share),
    };
    const measured = await analyseModel(
      gpu,
      { model, dictionaries, collected, relations },
      options,
      (source, survey, { writer, tally }, weights) => {
        const training = source.kind === 'neurons' ? null : trainingOf(context, source.id);
        const summary = {
          source,
          activations: collected.activations,
          losses: collected.losses,
          site,
          histogramBins,
          training,
          singleToken: tally.singleToken,
          explanationScores: tally.explanationScores(),
        };
        const record = dictionaryRecordOf(summary);
        writer.finish(record);
        writeJsonAtomically(
          join(run.records, source.id, 'evaluation.json'),
          evaluationOf({ ...summary, contexts: survey.contexts, weights }),
        );
        return {
          record,
          domainFeatures:
            source.id === shownFor
              ? domainFeatures(source, survey.classes, text.classes, tokensOfClass, analysis.domains)
              : null,
        };
      },
    );
    for (const part of MODEL_PARTS) clock.reach(`${part} of ${model.letter}`, 1);
    findings.push(measured);
  }
  const { proxies, steering, finished } = findings[0]!;
  const cycles = finished.flatMap((source) => source.cycles);
  const splits = finished.flatMap((source) => source.splits);
  const everything = findings.flatMap((of) => of.finished);
  const summaries = everything.map(({ record }) => record);
  const found = everything.flatMap((source) => source.domainFeatures ?? []);
  writeFinding(run.records, 'proxies', { version: RECORDS_VERSION, proxies });
  writeFinding(run.records, 'steering', { version: RECORDS_VERSION, steering });
  writeFinding(run.records, 'splits', { version: RECORDS_VERSION, threshold: EDGE_THRESHOLD, splits });
  writeFinding(run.records, 'automata', { version: RECORDS_VERSION, cycles });

  const bytes = Array.from({ length: tokenizer.size }, (_, id) =>
    Buffer.from(tokenizer.tokenBytes(id)).toString('base64'),
  );
  writeVocabulary(run.records, { version: RECORDS_VERSION, tokens: bytes });
  const shownSource = sources.find(({ id }) => id === shownFor);
  if (shownSource !== undefined) {
    const { index, texts } = exampleTexts(shownSource, text, () => clock.reach('text', 1));
    for (const each of texts) writeText(run.records, each);
    writeFinding(run.records, 'texts', index);
  }
  // What is active once correlates with whatever neuron is strongest there.
  const bestNeurons = (shownFor === null ? [] : relations.get(shownFor)!.correlatedNeurons).flatMap(
    (list, feature) =>
      list.length > 0 && shownSource!.sums.active[feature]! >= MIN_ACTIVE_TOKENS ? [list[0]!.pearson] : [],
  );
  writeFinding(run.records, 'claims', {
    version: RECORDS_VERSION,
    claims: claimsOf({
      dictionaries: summaries
        .filter(({ model, kind }) => model === letters[0] || kind === 'control')
        .toSorted((a, b) => a.features - b.features),
      shown: shownFor ?? '',
      neuronCorrelations: {
        median: bestNeurons.length > 0 ? median(bestNeurons) : null,
        histogram: histogramOf(bestNeurons, histogramBins, [-1, 1]),
      },
      proxies,
      universality,
      splits,
      steering,
      common: new Map(
        sources.map(({ id, sums }) => [id, sums.active.filter((count) => count >= MIN_ACTIVE_TOKENS).length]),
      ),
      edges: canVerify(text) ? finished.reduce((sum, { edges }) => sum + edges, 0) : null,
      cycles,
    }),
  });
  const record: StudyInput = {
    version: RECORDS_VERSION,
    name: study.name,
    models: letters.map((letter) => modelRecordOf(context, letter)),
    dictionaries: letters.flatMap((letter) => [
      ...dictionariesByWidth(sources)
        .filter(({ model }) => model === letter)
        .map(({ id }) => id),
      ...sources.filter(({ kind, model }) => kind !== 'dictionary' && model === letter).map(({ id }) => id),
    ]),
    corpus: corpusOf(context),
    domainFeatures: found,
    universality,
    provenance: provenanceOf(context, gpu, clock.seconds()),
  };
  // A control is there to be compared with, and has nothing to say.
  await writePlayground(run, {
    site,
    tokenizer: { imported: study.transformer.import !== null, endOfText: tokenizer.endOfText },
    dictionaries: new Map(
      study.transformer.models.map((letter) => [
        letter,
        record.dictionaries.filter((id) => models.get(letter)!.dictionaries.has(id)),
      ]),
    ),
  });
  writeStudy(run.records, record);
  for (const { entries } of sources) entries.close();
  if (found.length > 0)
    context.say(`analyze: features of ${shownFor} that stand for a domain\n${domainTable(found)}`);
  return {
    evaluationTokens: contexts.tokens,
    lossTokens: [...models.values()][0]?.collected.losses.tokens,
    domainFeatures: found,
    universality: universality.map(({ from, to, medianCorrelation, compared }) => ({
      from,
      to,
      medianCorrelation,
      compared,
    })),
    phaseSeconds: clock.phases(),
  };
}

/** What will be analysed of a model, before it is known how many features are active on a token. */
function guessedSources({ model, dictionaries }: LoadedModel): ExpectedSource[] {
  const width = siteWidth(model.config, model.site);
  return [
    ...(hasNeurons(model) ? [{ kind: 'neurons' as const, features: width, active: width / 4 }] : []),
    ...Array.from(dictionaries.values(), ({ dictionary: { features } }) => ({
      kind: 'dictionary' as const,
      features,
      active: Math.min(20, features),
    })),
  ];
}

function measuredSource({ kind, features, sums }: FeatureSource): ExpectedSource {
  return { kind: kind === 'neurons' ? kind : 'dictionary', features, active: sums.l0 };
}

/** Evaluation tokens of each class. */
function countClasses(text: EvaluationText): number[] {
  const counts: number[] = [];
  const { length, tokens } = text.contexts;
  for (let first = 0; first < tokens; first += length) {
    for (const tokenClass of text.classesOf(first, length))
      counts[tokenClass] = (counts[tokenClass] ?? 0) + 1;
  }
  return Array.from(text.classes, (_, tokenClass) => counts[tokenClass] ?? 0);
}

/** The dictionary whose features stand for domains: of the first model that has any, the second by width. */
function domainDictionary(sources: Collected['sources'], letters: readonly string[]): string | null {
  for (const letter of letters) {
    const ofModel = dictionariesByWidth(sources).filter(({ model }) => model === letter);
    const chosen = ofModel[1] ?? ofModel[0];
    if (chosen !== undefined) return chosen.id;
  }
  return null;
}

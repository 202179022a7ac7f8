import { median, histogramOf } from './bins.ts';
import { siteOf } from '../model/sites.ts';
import { RECORDS_VERSION, writeFinding, writeStudy, writeText, writeVocabulary } from '../records/index.ts';
import type { DomainFeature, StudyInput } from '../records/schema.ts';
import type { Analysis } from './analysis.ts';
import type { ModelFindings } from './analyse-model.ts';
import { canVerify } from './automata/verify-cycles.ts';
import type { Evidence } from './claims/claim.ts';
import { claimsOf } from './claims/claims-of.ts';
import type { FeatureSource } from './feature-source.ts';
import type { FinishedSource } from './finish-source.ts';
import { analysedLetters } from './load-models.ts';
import { EDGE_THRESHOLD, MIN_ACTIVE_TOKENS } from './pairs/splitting.ts';
import type { Universality } from './pairs/universality.ts';
import { dictionariesByWidth, type Relations } from './relate.ts';
import { exampleTexts } from './texts/example-texts.ts';
import { corpusOf, modelRecordOf, provenanceOf } from './training-facts.ts';
import { writePlayground } from './write-playground.ts';

/** What was found over all models of a study. */
export interface StudyFindings {
  /** Of every model, in their order. */
  readonly sources: readonly FeatureSource[];
  readonly relations: ReadonlyMap<string, Relations>;
  readonly universality: readonly Universality[];
  /** By model, in their order. */
  readonly findings: readonly ModelFindings[];
  /** The dictionary that stands for the study, where it has one. */
  readonly shown: string | null;
}

/**
 * Writes what is said across features and dictionaries, and last the study's own record, which makes records whole.
 *
 * @returns the features that stand for the study's domains
 */
export async function writeFindings(analysis: Analysis, found: StudyFindings): Promise<DomainFeature[]> {
  const { run } = analysis.context;
  const { proxies, steering, finished } = found.findings[0]!;
  const version = RECORDS_VERSION;
  const { shown: splits, counted } = splitsOf(finished);
  const cycles = finished.flatMap((source) => source.cycles);
  writeFinding(run.records, 'proxies', { version, proxies });
  writeFinding(run.records, 'steering', { version, steering });
  writeFinding(run.records, 'splits', { version, threshold: EDGE_THRESHOLD, splits, counted });
  writeFinding(run.records, 'automata', { version, cycles });
  writeTexts(analysis, found);
  writeFinding(run.records, 'claims', { version, claims: claimsOf(evidenceOf(analysis, found)) });
  const domainFeatures = found.findings.flatMap((of) =>
    of.finished.flatMap((source) => source.domainFeatures ?? []),
  );
  const record = studyRecordOf(analysis, found, domainFeatures);
  await copyWeights(analysis, record.dictionaries);
  writeStudy(run.records, record);
  return domainFeatures;
}

/** Writes the vocabulary, and texts with every active feature of the dictionary that is shown. */
function writeTexts(
  { context: { run }, text, tokenizer, clock }: Analysis,
  { sources, shown }: StudyFindings,
): void {
  const bytes = Array.from({ length: tokenizer.size }, (_, id) =>
    Buffer.from(tokenizer.tokenBytes(id)).toString('base64'),
  );
  writeVocabulary(run.records, { version: RECORDS_VERSION, tokens: bytes });
  const source = sources.find(({ id }) => id === shown);
  if (source === undefined) return;
  const { index, texts } = exampleTexts(source, text, () => clock.reach('text', 1));
  for (const each of texts) writeText(run.records, each);
  writeFinding(run.records, 'texts', index);
}

/** What bears on the paper's conclusions. */
function evidenceOf(
  { context: { study }, text }: Analysis,
  { sources, relations, universality, findings, shown }: StudyFindings,
): Evidence {
  const [first] = analysedLetters(study);
  const { proxies, steering, finished } = findings[0]!;
  // What is active once correlates with whatever neuron is strongest there.
  const shownSource = sources.find(({ id }) => id === shown);
  const bestNeurons =
    shownSource === undefined
      ? []
      : relations
          .get(shownSource.id)!
          .correlatedNeurons.flatMap((list, feature) =>
            list.length > 0 && shownSource.sums.active[feature]! >= MIN_ACTIVE_TOKENS
              ? [list[0]!.pearson]
              : [],
          );
  return {
    dictionaries: findings
      .flatMap((of) => of.finished.map(({ record }) => record))
      .filter(({ model, kind }) => model === first || kind === 'control')
      .toSorted((a, b) => a.features - b.features),
    shown: shown ?? '',
    neuronCorrelations: {
      median: bestNeurons.length > 0 ? median(bestNeurons) : null,
      histogram: histogramOf(bestNeurons, study.analysis.histogramBins, [-1, 1]),
    },
    proxies,
    universality: [...universality],
    splits: splitsOf(finished),
    steering,
    common: new Map(
      sources.map(({ id, sums }) => [id, sums.active.filter((count) => count >= MIN_ACTIVE_TOKENS).length]),
    ),
    edges: canVerify(text) ? finished.reduce((sum, { edges }) => sum + edges, 0) : null,
    cycles: finished.flatMap((source) => source.cycles),
  };
}

function splitsOf(finished: readonly FinishedSource[]): Evidence['splits'] {
  return {
    shown: finished.flatMap(({ splits }) => splits.shown),
    counted: finished.flatMap(({ splits }) => splits.counted ?? []),
  };
}

/** The record of the study as a whole. */
function studyRecordOf(
  { context, gpu, clock }: Analysis,
  { sources, universality }: StudyFindings,
  domainFeatures: DomainFeature[],
): StudyInput {
  const letters = analysedLetters(context.study);
  return {
    version: RECORDS_VERSION,
    name: context.study.name,
    models: letters.map((letter) => modelRecordOf(context, letter)),
    dictionaries: letters.flatMap((letter) => {
      const own = sources.filter(({ model }) => model === letter);
      const others = own.filter(({ kind }) => kind !== 'dictionary');
      return [...dictionariesByWidth(own), ...others].map(({ id }) => id);
    }),
    corpus: corpusOf(context),
    domainFeatures,
    universality: [...universality],
    provenance: provenanceOf(context, gpu, clock.seconds()),
  };
}

/** Copies what a page computes with. A control is there to be compared with, and has nothing to say. */
async function copyWeights(
  { context: { study, run }, tokenizer }: Analysis,
  dictionaries: readonly string[],
): Promise<void> {
  const trained = new Set([...study.dictionaries.list, ...study.dictionaries.imports].map(({ id }) => id));
  await writePlayground(run, {
    site: siteOf(study.dictionaries),
    tokenizer: { imported: study.transformer.import !== null, endOfText: tokenizer.endOfText },
    dictionaries: new Map(
      study.transformer.models.map((letter) => [
        letter,
        dictionaries.filter((id) => id.startsWith(`${letter}/`) && trained.has(id)),
      ]),
    ),
  });
}

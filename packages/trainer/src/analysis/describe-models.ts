import { join } from 'node:path';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import { analyseModel, type ModelFindings } from './analyse-model.ts';
import type { Analysis } from './analysis.ts';
import { dictionaryRecordOf } from './dictionary-summary.ts';
import { evaluationOf } from './evaluation.ts';
import { MODEL_PARTS, type ModelPart } from './expected-work.ts';
import { explainContext } from './explain/explain-source.ts';
import type { Finish, ModelParts } from './model-parts.ts';
import { ProxyText } from './proxies/proxy-text.ts';
import { domainFeatures } from './text/domain-features.ts';
import type { EvaluationText } from './text/evaluation-text.ts';
import { trainingOf } from './training-facts.ts';

/**
 * Measures the features of all models, the first of which is sampled from, and writes the records of their
 * dictionaries.
 *
 * @param directions (F,D) what each feature of a dictionary writes to the stream; see streamDirections
 * @param shown dictionary whose features stand for the study's domains; null for none
 */
export async function describeModels(
  analysis: Analysis,
  models: readonly ModelParts[],
  directions: ReadonlyMap<string, Float32Array>,
  shown: string | null,
): Promise<ModelFindings[]> {
  const { context, gpu, text, tokenizer, kept, clock } = analysis;
  const { study, run, seed } = context;
  const tokensOfClass = countClasses(text);
  const explain = explainContext(text, tokenizer, study.analysis.domains, seed, () =>
    clock.reach('text', 0.5),
  );
  const proxies = ProxyText.open(text, tokenizer, () => clock.reach('text', 1));
  const findings: ModelFindings[] = [];
  for (const [m, parts] of models.entries()) {
    const { letter } = parts.model;
    const options = {
      ...study.analysis,
      seed,
      text,
      directions,
      explain,
      proxies,
      steers: m === 0,
      records: run.records,
      kept,
      watch: (part: ModelPart, share: number) => clock.reach(`${part} of ${letter}`, share),
    };
    findings.push(await analyseModel(gpu, parts, options, finishOf(analysis, parts, tokensOfClass, shown)));
    for (const part of MODEL_PARTS) clock.reach(`${part} of ${letter}`, 1);
  }
  return findings;
}

/** What is said of a dictionary of a model as a whole: its record, its evaluation and its features of domains. */
function finishOf(
  { context, text }: Analysis,
  { model: { site }, collected: { activations, losses } }: ModelParts,
  tokensOfClass: readonly number[],
  shown: string | null,
): Finish {
  const { study, run } = context;
  const { domains, histogramBins } = study.analysis;
  return (source, { classes, contexts }, { writer, tally, intervalConsistency }, weights) => {
    const summary = {
      source,
      activations,
      losses,
      site,
      histogramBins,
      training: source.kind === 'neurons' ? null : trainingOf(context, source.id),
      singleToken: tally.singleToken,
      explanationScores: tally.explanationScores(),
      intervalConsistency,
    };
    const record = dictionaryRecordOf(summary);
    writer.finish(record);
    const evaluation = evaluationOf({ ...summary, contexts, weights });
    writeJsonAtomically(join(run.records, source.id, 'evaluation.json'), evaluation);
    const found =
      source.id === shown ? domainFeatures(source, classes, text.classes, tokensOfClass, domains) : null;
    return { record, domainFeatures: found };
  };
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

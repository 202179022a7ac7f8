import type { DictionaryRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { integer, significant } from './number.ts';
import type { Site } from './site.ts';
import { curveSvg } from './svg-curve.ts';

type Trained = DictionaryRecord & { training: NonNullable<DictionaryRecord['training']> };
type Point = Trained['training']['history'][number];

interface CurveOfTraining {
  readonly name: string;
  readonly points: (run: Trained['training']) => readonly { step: number; value: number | null }[];
}

const ofBatches = (name: string, of: (point: Point) => number | null): CurveOfTraining => ({
  name,
  points: ({ history }) => history.map((point) => ({ step: point.step, value: of(point) })),
});

/** What the training of every dictionary looked like, step by step. */
const CURVES: readonly CurveOfTraining[] = [
  ofBatches('squared error', ({ reconstruction }) => reconstruction),
  ofBatches('penalty, without λ', ({ sparsity, lambda }) => (lambda ? sparsity : null)),
  ofBatches('loss', ({ loss }) => loss),
  ofBatches('L0', ({ l0 }) => l0),
  ofBatches('explained variance', ({ explainedVariance }) => explainedVariance),
  {
    name: 'loss recovered, held-out text',
    points: ({ validations }) =>
      validations.map(({ step, lossRecovered }) => ({ step, value: lossRecovered })),
  },
  ofBatches('norm of the gradient', ({ gradientNorm }) => gradientNorm),
  ofBatches('dead features', ({ dead }) => dead),
];

/** How the dictionaries were trained: a table, and the curves of each. */
export function training({ dictionaries }: Site): string {
  const trained = [...dictionaries.values()].flatMap(({ record }) =>
    record.training ? [record as Trained] : [],
  );
  if (trained.length === 0) return '';
  return (
    '<section id=training><h2>Training of the dictionaries</h2>' +
    '<div class=scroll tabindex=0 role=region aria-label="Training"><table class=num><caption>λ in the sum convention: mean over the batch of the squared error summed over dimensions, plus λ times the sum of activations</caption>' +
    `<thead><tr><th scope=col>dictionary<th scope=col class=text>architecture<th scope=col>vectors<th scope=col>λ<th scope=col>final loss<th scope=col>vectors a second<th scope=col>of the peak<th scope=col class=text>resampled</tr></thead><tbody>${trained.map(row).join('')}</tbody></table></div>` +
    trained
      .filter((record) => record.training.history.length > 1)
      .map(curves)
      .join('') +
    '</section>'
  );
}

function row({ id, training: run }: Trained): string {
  const resampled = run.resamplings.map(
    ({ step, features }) => `${integer(features)} at step ${integer(step)}`,
  );
  return `<tr><th scope=row>${plain(id)}</th><td class=text>${plain(run.architecture)}<td>${integer(run.vectors)}<td>${run.l1Coefficient ? Number(run.l1Coefficient.toPrecision(3)) : 'n/a'}<td>${significant(run.finalLoss)}<td>${run.speed ? integer(Math.round(run.speed.vectorsPerSecond)) : 'n/a'}<td>${share(run.speed?.peakFraction ?? null)}<td class=text>${resampled.join('<br>') || 'none'}</tr>`;
}

/** Of the adapter's measured peak. */
const share = (fraction: number | null): string =>
  fraction === null ? 'n/a' : `${(100 * fraction).toFixed(1)} %`;

function curves({ id, training: run }: Trained): string {
  const figures = CURVES.map(({ name, points }) => {
    const known = points(run).flatMap(({ step, value }) => (value === null ? [] : [{ x: step, y: value }]));
    if (known.length < 2) return '';
    return `<figure>${curveSvg({
      label: `${name} of ${id} by step`,
      lines: [{ name, points: known }],
      rules: [],
      marks: run.resamplings.map(({ step }) => step),
      width: 220,
      height: 110,
      xTick: (step) => (step >= 1e6 ? `${step / 1e6}M` : step >= 1e4 ? `${step / 1e3}k` : integer(step)),
    })}<figcaption>${name}</figcaption></figure>`;
  }).join('');
  return `<h3>${plain(id)} by step${run.resamplings.length > 0 ? ', resamplings dashed' : ''}</h3><div class=curves>${figures}</div>`;
}

import type { Gpu } from '@monosema/engine';
import type { StageContext } from '../artefacts/stage-context.ts';
import type { TextTokenizer } from '../tokens/tokenizer.ts';
import type { AnalysisPart } from './expected-work.ts';
import type { KeptParts } from './kept-parts.ts';
import type { PhaseClock } from './phase-clock.ts';
import type { EvaluationText } from './text/evaluation-text.ts';

/** What every part of an analysis works with. */
export interface Analysis {
  readonly context: StageContext;
  readonly gpu: Gpu;
  readonly text: EvaluationText;
  readonly tokenizer: TextTokenizer;
  readonly kept: KeptParts;
  readonly clock: PhaseClock<AnalysisPart>;
}

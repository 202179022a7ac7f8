import { demo } from './presets.ts';

/** Defaults of `dictionaries.positionsPerContext` and `analysis.window`, where contexts are as long. */
export const POSITIONS_PER_CONTEXT = demo.dictionaries.positionsPerContext;
export const WINDOW = 32;

/** What a study says, or not, that no more than a context has. */
interface Unfitted {
  readonly transformer: { readonly context: number };
  readonly dictionaries: { readonly positionsPerContext?: number | undefined };
  readonly analysis: { readonly window?: number | undefined };
}

/** A study whose keys that a context bounds are filled in. */
export type FittedToContext<Given extends Unfitted> = Given & {
  readonly dictionaries: { readonly positionsPerContext: number };
  readonly analysis: { readonly window: number };
};

/** Fills in the keys that a context bounds: their defaults, or all of a context that is shorter. */
export function fitToContext<Given extends Unfitted>(study: Given): FittedToContext<Given> {
  const { transformer, dictionaries, analysis } = study;
  const atMost = (value: number): number => Math.min(value, transformer.context);
  const { positionsPerContext = atMost(POSITIONS_PER_CONTEXT) } = dictionaries;
  const { window = atMost(WINDOW) } = analysis;
  return {
    ...study,
    dictionaries: { ...dictionaries, positionsPerContext },
    analysis: { ...analysis, window },
  };
}

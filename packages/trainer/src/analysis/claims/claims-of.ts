import { automata } from './automata.ts';
import type { Claim, Evidence } from './claim.ts';
import { monosemantic } from './monosemantic.ts';
import { moreThanNeurons } from './more-than-neurons.ts';
import { notNeurons } from './not-neurons.ts';
import { splitting } from './splitting.ts';
import { steering } from './steering.ts';
import { universal } from './universal.ts';

/**
 * The paper's seven conclusions (Bricken et al. 2023), each with what this study measured, the rule by which it holds
 * here, and features that show it. A conclusion neither holds nor fails where the study lacks what its rule is about, or
 * has so little of it that the rule could not be met, or would be by accident; it says what is missing. One that fails
 * says which part of its rule is not met.
 */
export function claimsOf(evidence: Evidence): Claim[] {
  return [
    monosemantic(evidence),
    notNeurons(evidence),
    steering(evidence),
    universal(evidence),
    splitting(evidence),
    moreThanNeurons(evidence),
    automata(evidence),
  ].map(({ lacks, fails, ...claim }) => {
    const missing = lacks.find((each) => each !== null) ?? null;
    if (missing !== null) return { ...claim, holds: null, lacks: missing, fails: null };
    const unmet = fails.filter((each) => each !== null);
    return { ...claim, holds: unmet.length === 0, lacks: null, fails: unmet.join(', and ') || null };
  });
}

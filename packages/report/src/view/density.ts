/** Features that are active on a larger share of tokens are dense: what they are active on says little about them. */
const DENSE = 0.1;

/** Whether a feature is active on so many tokens that it counts as dense. */
export function isDense(activeTokens: number, evaluationTokens: number): boolean {
  return activeTokens > DENSE * evaluationTokens;
}

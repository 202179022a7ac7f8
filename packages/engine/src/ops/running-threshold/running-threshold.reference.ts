/** threshold + rate · (found - threshold) */
export function runningThresholdReference(threshold: number, found: number, rate: number): number {
  return threshold + rate * (found - threshold);
}

/** Facts of a stage that are curves, thousands of numbers long: its stage.json has them. */
const CURVES = new Set(['history', 'windows', 'validations']);

/** What is told of a stage, as one line of JSON without its curves. */
export function stageLine(told: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(told, (key, value: unknown) => (CURVES.has(key) ? undefined : value))}\n`;
}

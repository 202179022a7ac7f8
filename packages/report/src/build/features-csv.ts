import { MISSING } from '../view/number.ts';
import type { DictionaryView } from '../view/site.ts';

const HEAD =
  'feature,active_tokens,largest_activation,mean_activation,mostly_in,share,fires_on,explanation\n';

/** What a list shows of every feature of a dictionary, as comma-separated values with a head. */
export function featuresCsv(view: DictionaryView): string {
  let csv = HEAD;
  for (let index = 0; index < view.record.features; index++) {
    const dead = view.activeTokens[index] === 0;
    csv += `${[
      index,
      view.activeTokens[index] ?? 0,
      dead ? MISSING : (view.maxActivation[index] ?? 0),
      dead ? MISSING : (view.meanActivation[index] ?? 0),
      quoted(view.dominantDomain[index]),
      view.dominantShare[index] ?? MISSING,
      quoted(view.firesOnText[index]),
      quoted(view.explanation[index]),
    ].join()}\n`;
  }
  return csv;
}

/** Text as a field; n/a where there is none. Spreadsheets take what begins like a formula for one. */
function quoted(text: string | null | undefined): string {
  if (!text) return MISSING;
  const held = text.toWellFormed().replace(/^(?=[=+\-@\t\r])/, "'");
  return `"${held.replaceAll('"', '""')}"`;
}

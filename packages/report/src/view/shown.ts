import type { Site } from './site.ts';

/** Dictionary that stands for the study where one has to: the one whose features answer to kinds of text. */
export function shownDictionary({ study, findings, dictionaries }: Site): string | undefined {
  return (
    study.domainFeatures[0]?.dictionary ??
    findings.texts?.dictionary ??
    [...dictionaries.values()].find(({ record }) => record.kind === 'dictionary')?.record.id
  );
}

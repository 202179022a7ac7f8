import type { StudyRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { duration, integer, significant } from './number.ts';
import type { PageContent, Site } from './site.ts';

/** Renders what follows the method's prose: how the figures of this site were made. */
export function methodPage(site: Site): PageContent {
  return {
    path: 'method.html',
    title: 'Method',
    description: `How the figures of ${plain(site.title)} were made, and the formula of each.`,
    body: provenance(site) + training(site) + configuration(site.study),
  };
}

function provenance({ study }: Site): string {
  const { adapter, monosema, stages, tokenizerHash } = study.provenance;
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const entry = (term: string, value: string): string =>
    `<div><dt>${term}</dt><dd>${plain(value) || 'n/a'}</dd></div>`;
  return (
    '<section id=provenance><h2>This run</h2><dl class=prov>' +
    entry('study', study.name) +
    entry('monosema', monosema) +
    entry('adapter', `${adapter.name} (${adapter.class})`) +
    entry('driver', adapter.driver) +
    entry('tokenizer', tokenizerHash) +
    entry('seeds', study.models.map(({ id, seed }) => `${id}: ${seed}`).join(', ')) +
    '</dl>' +
    '<div class=scroll tabindex=0 role=region aria-label="Stages"><table class=num><caption>Stages, with the hash of what went into each</caption><thead><tr><th scope=col>stage<th scope=col class=text>hash<th scope=col>time</tr></thead>' +
    `<tbody>${stages.map(({ stage, hash, seconds }) => `<tr><th scope=row>${plain(stage)}</th><td class=text><code title="${plain(hash)}">${plain(hash.slice(0, 16))}</code><td>${duration(seconds)}</tr>`).join('')}</tbody>` +
    `<tfoot><tr><th scope=row>all</th><td class=text><td>${duration(total)}</tr></tfoot></table></div></section>`
  );
}

function training({ dictionaries }: Site): string {
  const rows = [...dictionaries.values()].flatMap(({ record }) => {
    const { training: run } = record;
    if (!run) return [];
    const resampled = run.resamplings.map(
      ({ step, features }) => `${integer(features)} at step ${integer(step)}`,
    );
    return [
      `<tr><th scope=row>${plain(record.id)}</th><td class=text>${plain(run.architecture)}<td>${integer(run.vectors)}<td>${significant(run.l1Coefficient)}<td>${significant(run.finalLoss)}<td class=text>${resampled.join('<br>') || 'none'}</tr>`,
    ];
  });
  if (rows.length === 0) return '';
  return (
    '<section id=training><h2>Training of the dictionaries</h2>' +
    '<div class=scroll tabindex=0 role=region aria-label="Training"><table class=num><caption>λ in the sum convention: mean over the batch of the squared error summed over dimensions, plus λ times the sum of activations</caption>' +
    `<thead><tr><th scope=col>dictionary<th scope=col class=text>architecture<th scope=col>vectors<th scope=col>λ<th scope=col>final loss<th scope=col class=text>resampled</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
  );
}

function configuration(study: StudyRecord): string {
  return (
    '<section id=configuration><h2>Configuration</h2><details><summary>The study as it ran</summary>' +
    `<pre class=config tabindex=0>${plainLines(JSON.stringify(study.provenance.config, null, 2))}</pre></details></section>`
  );
}

/** Text of several lines, each made safe by itself so that the breaks stay. */
function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

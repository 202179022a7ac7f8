import type { StudyRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { data } from './method-data.ts';
import { deviations } from './method-deviations.ts';
import { training } from './method-training.ts';
import { duration } from './number.ts';
import type { PageContent, Site } from './site.ts';

/** Renders what follows the method's prose: how the figures of this site were made. */
export function methodPage(site: Site): PageContent {
  return {
    path: 'method.html',
    title: 'Method',
    description: `How the figures of ${plain(site.title)} were made, and the formula of each.`,
    body: deviations(site) + provenance(site) + data(site) + training(site) + configuration(site.study),
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
    entry('adapter of the analysis', `${adapter.name} (${adapter.class})`) +
    entry('driver', adapter.driver) +
    entry('tokenizer', tokenizerHash) +
    entry('seeds', study.models.map(({ id, seed }) => `${id}: ${seed}`).join(', ')) +
    '</dl>' +
    '<div class=scroll tabindex=0 role=region aria-label="Stages"><table class=num><caption>Stages, with the hash of what went into each</caption><thead><tr><th scope=col>stage<th scope=col class=text>hash<th scope=col class=text>adapter<th scope=col>time</tr></thead>' +
    `<tbody>${stages.map(({ stage, hash, seconds, adapter: on }) => `<tr><th scope=row>${plain(stage)}</th><td class=text><code class=hash>${plain(hash)}</code><td class=text>${plain(on ?? '')}<td>${duration(seconds)}</tr>`).join('')}</tbody>` +
    `<tfoot><tr><th scope=row>all</th><td class=text><td class=text><td>${duration(total)}</tr></tfoot></table></div></section>`
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

import type { Example, FeatureRecord } from '@monosema/trainer/records';
import { exampleItem } from './example-lines.ts';
import { SCALE } from './scale.ts';
import { featureLink, measuresEffects } from './site.ts';
import type { Site } from './site.ts';

/** Lines of the specimen. */
const LINES = 3;

/** Small Latin letters of examples: the notation is learned on text that most readers of this page can read. */
function latinLetters({ vocabulary }: Site, examples: readonly Example[]): number {
  let letters = 0;
  for (const token of examples.flatMap((example) => example.tokens))
    for (const byte of vocabulary.glyph(token).bytes) if (byte >= 0x61 && byte <= 0x7a) letters++;
  return letters;
}

/** How to read a feature page, beside a piece of one. */
export function readingSection(site: Site, features: readonly FeatureRecord[]): string {
  const samples = features.map(
    ({ exampleGroups }) => exampleGroups.find(({ kind }) => kind === 'top')?.examples.slice(0, LINES) ?? [],
  );
  const plainest = samples.map((examples) => latinLetters(site, examples));
  const at = samples.findIndex((examples, i) => examples.length > 0 && plainest[i] === Math.max(...plainest));
  const feature = features[at];
  const found = site.study.domainFeatures[at];
  const examples = samples[at] ?? [];
  const sample =
    feature && found
      ? `<figure class=sample><p class=keys><span>activation</span> <span>effect</span> <span>source</span></p><div class="grp ex" data-max=${feature.maxActivation}><ol lang="">${examples
          .map((example) => exampleItem(site.vocabulary, example, feature.maxActivation))
          .join('')}</ol></div>` +
        `<figcaption>From the page of ${featureLink(site, 'index.html', found.dictionary, found.feature)}. Point at a token, or move through a line with the arrow keys, for its figures.</figcaption></figure>`
      : '';
  const [shown] = site.dictionaries.values();
  const effects = shown === undefined || measuresEffects(site.study, shown.record);
  return (
    `<section id=reading><h2>How to read a feature page</h2>${sample}<dl class=reading>` +
    `<div><dt>${SCALE} shade</dt><dd>The fuller a token’s colour, the more strongly the feature is active on it. The scale belongs to the feature: its fullest shade is its largest activation.</dd></div>` +
    `<div><dt><o-2>solid</o-2> <o-5>dotted</o-5></dt><dd>${effects ? 'What' : 'Not measured in this study, whose features are not of the last layer: what'} happens to the next token when the feature is removed. A solid blue underline: the model had predicted that token better with the feature than without it. A dotted red one: worse. The margin gives by how much, in nats: at +0.69 the feature made the token twice as likely.</dd></div>` +
    '<div><dt><b class=at>frame</b></dt><dd>The token the example was chosen for. The number beside it is the activation there.</dd></div>' +
    '<div><dt>intervals</dt><dd>Examples at levels a tenth apart, from the largest activation down to next to nothing: of a sample of the tokens it is active on, those nearest to each level. The head of a group counts all tokens of that tenth. A feature that means one thing means it in the lower intervals too; that is the place to look for doubt.</dd></div>' +
    '<div><dt>logit weights</dt><dd>Tokens that the feature makes more or less likely next, read from the weights alone.</dd></div>' +
    '<div><dt>splitting</dt><dd>Where the feature came from in a narrower dictionary, and what it becomes in a wider one.</dd></div>' +
    '</dl></section>'
  );
}

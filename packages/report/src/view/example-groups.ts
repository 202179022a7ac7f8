import type { Example } from '@monosema/trainer/records';
import { lead, paragraph } from './example-lines.ts';
import { lineOf, lineWeight } from './line.ts';
import type { Line, Span, Weight } from './line.ts';
import type { PageGroup } from './near-misses.ts';
import { counted, share, significant } from './number.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How much of the examples a page shows: tokens around the centre, and examples of each group. */
export interface Reach {
  top: Span;
  others: Span;
  topExamples: number;
  examples: number;
}

/** A group of examples made ready for being shown with any reach. */
export interface ShownGroup {
  kind: PageGroup['kind'];
  head: string;
  items: { lead: string; bytes: number; line: Line }[];
}

const TAIL = '</ol></section>';
/** Elements of a group besides its lines. */
const HEAD_NODES = 4;

/** Prepares a group; `id` is its anchor. @param options.widest reach that it will be shown with */
export function groupOf(
  vocabulary: Vocabulary,
  group: PageGroup,
  options: { id: string; name: string; largest: number; activeTokens: number; widest: Reach },
): ShownGroup {
  const { activeTokens } = options;
  const part =
    group.kind !== 'interval' || activeTokens === 0
      ? ''
      : ` · ${counted(group.activeTokens, 'token')}, ${share(group.activeTokens / activeTokens)}`;
  const range =
    group.kind === 'near'
      ? 'tokens of the top examples, not active here'
      : `${significant(group.from)} to ${significant(group.to)}${part}`;
  const { widest } = options;
  const items = distinct(group.examples, examplesOf(group, widest)).map(({ example, times }) => {
    const first = lead(example, times);
    const line = lineOf(vocabulary, example, options.largest);
    const tag = line.rightToLeft ? '<p dir=rtl>' : '<p>';
    return { lead: first, bytes: Buffer.byteLength(first) + tag.length, line };
  });
  return {
    kind: group.kind,
    head: `<section${group.kind === 'top' ? ' class="grp ex"' : ''} id=${options.id}><h3>${options.name} <small>${range}</small></h3>${items.length ? '<ol lang="">' : '<div class=none>No example in this interval.</div><ol hidden>'}`,
    items,
  };
}

/** The first examples of a group that differ, each with how many times the group has it. */
function distinct(examples: readonly Example[], most: number): { example: Example; times: number }[] {
  const found: { example: Example; times: number }[] = [];
  for (const example of examples) {
    // The first of those that show the same may be of another group.
    const same = example.duplicate && found.find((other) => showTheSame(other.example, example));
    if (same) same.times++;
    else if (found.length < most) found.push({ example, times: 1 });
  }
  return found;
}

function showTheSame(one: Example, other: Example): boolean {
  return (
    one.at === other.at &&
    one.tokens.length === other.tokens.length &&
    one.tokens.every((token, i) => token === other.tokens[i])
  );
}

type Kind = Pick<PageGroup, 'kind'>;

/** Examples that a group shows within a reach. */
const examplesOf = ({ kind }: Kind, reach: Reach): number =>
  kind === 'top' ? reach.topExamples : reach.examples;

/** What lines of a group show within a reach. */
export const spanOf = ({ kind }: Kind, reach: Reach): Span => (kind === 'top' ? reach.top : reach.others);

/** What a group shows of its examples within a reach. */
export function shownItems(group: ShownGroup, reach: Reach): ShownGroup['items'] {
  return group.items.slice(0, examplesOf(group, reach));
}

/** Adds the weight of a group within a reach to a sum. */
export function addWeight(sum: Weight, group: ShownGroup, reach: Reach): void {
  sum.bytes += Buffer.byteLength(group.head) + TAIL.length;
  sum.nodes += HEAD_NODES;
  for (const { bytes, line } of shownItems(group, reach)) {
    const shown = lineWeight(line, spanOf(group, reach));
    sum.bytes += bytes + shown.bytes;
    sum.text += shown.text;
    sum.elements += shown.elements;
    sum.lines++;
    sum.nodes += shown.nodes;
  }
}

/** A group of examples as a section. */
export function groupHtml(group: ShownGroup, reach: Reach): string {
  let html = group.head;
  for (const { lead: first, line } of shownItems(group, reach))
    html += first + paragraph(line, spanOf(group, reach), 'apart');
  return html + TAIL;
}

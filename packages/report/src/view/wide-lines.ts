import { addWeight, shownItems, spanOf } from './example-groups.ts';
import type { Reach, ShownGroup } from './example-groups.ts';
import { PAGE_BUDGET } from './fit.ts';
import { lineColumns, within } from './line.ts';
import type { Line, Span } from './line.ts';

/** Elements that scripts add to a page besides text: buttons, the tooltip, the help. */
const SCRIPTED = 20;
/** The share of lines that must fit one row; a few long ones may take two. */
const MOST = 0.9;

/** The longest attribute that {@link wideLines} makes. */
export const LONGEST_WIDE = ' data-wide="all 999"';

/**
 * Which lines scripts show with all that the records have around them without being asked, as an attribute: where
 * tokens are short, what a page bears says little. All lines, or those of the strongest examples, where the page then
 * still keeps its budget of elements; and the columns that nine in ten of these take, for whoever knows the room.
 *
 * @param nodes elements of everything but the examples
 */
export function wideLines(groups: readonly ShownGroup[], reach: Reach, nodes: number): string {
  const weight = { bytes: 0, text: 0, elements: 0, lines: 0, nodes: nodes + SCRIPTED };
  for (const group of groups) addWeight(weight, group, reach);
  for (const which of ['all', 'top'] as const) {
    let added = 0;
    const columns: number[] = [];
    for (const group of groups) {
      if (which === 'top' && group.kind !== 'top') continue;
      for (const { line } of shownItems(group, reach)) {
        added += elementsBeyond(line, spanOf(group, reach));
        columns.push(lineColumns(line));
      }
    }
    if (columns.length === 0 || weight.nodes + added > PAGE_BUDGET.elements) continue;
    const widest = columns.sort((a, b) => a - b)[Math.ceil(MOST * columns.length) - 1]!;
    return ` data-wide="${which} ${Math.min(widest, 999)}"`;
  }
  return '';
}

/** Elements of what a line has on either side of a span: scripts shade text without, and only signs need them. */
function elementsBeyond(line: Line, span: Span): number {
  const { from, to } = within(line, span);
  let elements = 0;
  for (let i = line.first; i < line.last; i++) {
    const { unit, element } = line.units[i]!;
    const inside = unit.glyph.elements;
    if ((i < from || i >= to) && inside > 0) elements += inside + (element === undefined ? 0 : 1);
  }
  return elements;
}

import type { Line } from './values.ts';

/** Elements of tokens, by the letter of their shade; `o` has none. */
const TOKEN = /^([a-jo])-\d?$/;

/** Whether text can be shaded without elements, of which a page has few to spare; forced colours take such shades away. */
export const canShade = 'highlights' in CSS && !matchMedia('(forced-colors: active)').matches;

const added = new Set<ChildNode>();

/** Whether a node is text that was added beside what the page has. */
export const isFar = (node: Node): boolean => added.has(node as ChildNode);

/**
 * Adds to each line what the record has before and after it.
 *
 * @param inRow whether a line that would take more rows for it stays as it is
 */
export function addFar(
  lines: readonly HTMLElement[],
  values: readonly (Line | undefined)[],
  inRow: boolean,
): void {
  const shaded: [string, Text][] = [];
  const nodesOf = (html = ''): ChildNode[] => {
    const template = document.createElement('template');
    template.innerHTML = html;
    return [...template.content.childNodes].map((node) => {
      const made = withoutElement(node, shaded);
      added.add(made);
      return made;
    });
  };
  const heights = lines.map((line) => line.offsetHeight);
  const nodes = lines.map((line, i) => {
    const before = nodesOf(values[i]?.before);
    const after = nodesOf(values[i]?.after);
    // What aligned the line as it was would take room from it.
    line.style.textIndent = line.style.marginLeft = '';
    line.prepend(...before);
    line.append(...after);
    return [...before, ...after];
  });
  if (inRow)
    lines.forEach(({ offsetHeight }, i) => {
      if (offsetHeight > heights[i]!) for (const node of nodes[i]!) node.remove();
    });
  for (const [shade, text] of shaded) {
    // A range must lie in the page from the start.
    if (!text.isConnected) continue;
    const { length: endOffset } = text;
    const range = new StaticRange({ startContainer: text, startOffset: 0, endContainer: text, endOffset });
    if (!CSS.highlights.get(shade)?.add(range)) CSS.highlights.set(shade, new Highlight(range));
  }
}

/** Takes away all that was added. */
export function removeFar(): void {
  for (const node of added) node.remove();
  added.clear();
  if (canShade) CSS.highlights.clear();
}

/** A token as text, its shade noted; as it is where it has signs in it, which only elements can show. */
function withoutElement(node: ChildNode, shaded: [string, Text][]): ChildNode {
  if (!(node instanceof HTMLElement)) return node;
  const [, shade] = TOKEN.exec(node.localName) ?? [];
  const text = node.firstChild;
  if (!canShade || !shade || !(text instanceof Text) || text.nextSibling) {
    node.classList.add('far');
    return node;
  }
  if (shade !== 'o') shaded.push([shade, text]);
  return text;
}

import { fixed, integer } from './number.ts';

/** A feature and what it becomes in wider dictionaries. Chips are HTML; ids are safe as they are. */
export interface SplitNode {
  id: string;
  index: number;
  /** Chips; empty where it is dead. */
  firesOn: string;
  /** The most similar ones. */
  children: SplitEdge[];
  /** Children that are not among them. */
  more: number;
}

export interface SplitEdge {
  /** Masked cosine of the two. */
  similarity: number;
  /** Cosine of their directions. */
  cosine: number | null;
  node: SplitNode;
}

/**
 * A feature's division as nested lists, which the style sheet lays out as a tree: for the page as it is built, and for
 * the script that unfolds further widths. Lines are the thicker the more similar the two are.
 *
 * @param walk whether every feature has a button that makes it the root
 */
export function splitTree(root: SplitNode, walk: boolean): string {
  return `<ul class=tree><li>${below(root, false)}</li></ul>`;

  function below(node: SplitNode, button: boolean): string {
    const { id, index, firesOn, children, more } = node;
    const rest = more > 0 ? `<small>and ${integer(more)} more, less similar</small>` : '';
    return (
      `<div class=node><a class=f href="${id}/${index}.html">${id}·${index}</a> <span class=on>${firesOn || '<span class=none>n/a</span>'}</span>` +
      `${button ? `<button type=button data-root="${id}/${index}" aria-label="Divide ${id} ${index}" title="Divide this one">⇥</button>` : ''}</div>` +
      (children.length > 0
        ? `<ul>${children.map(edge).join('')}${rest && `<li class=rest>${rest}</li>`}</ul>`
        : '')
    );
  }

  function edge({ similarity, cosine, node }: SplitEdge): string {
    const width = fixed(0.5 + 5 * Math.max(0, similarity - 0.3), 1);
    return (
      `<li><div class=edge><svg width=28 height=8 aria-hidden=true><path d="M0 4H28" stroke-width="${width}"/></svg>` +
      `<span title="masked cosine">${fixed(similarity, 2)}</span> <small title="cosine of the directions">${cosine === null ? 'n/a' : fixed(cosine, 2)}</small></div>${below(node, walk && node.children.length + node.more > 0)}</li>`
    );
  }
}

import { isFar } from './far.ts';
import { GROUPS } from './lines.ts';
import { copy } from './status.ts';
import { addTool } from './tool.ts';

const QUESTION = `A sparse autoencoder has split the activations of a small language model into features. Below is what one of them is active on: pieces of text, each a JSON string on a line of its own, under the reason why they were chosen. After each token on which the feature is active stands in double braces how active it is, from {{1}} to {{10}}, as active as it ever is. Say in one or two sentences what makes it active, as specifically as the evidence allows and no more.`;

/** The text of a part of a page, chips as their signs, the shade of each active token after it. */
function marked(node: Node): string {
  const sign = node instanceof HTMLElement ? node.dataset['c'] : undefined;
  if (sign !== undefined || !(node instanceof Element)) return sign ?? node.textContent ?? '';
  // What was added around a line says its shades to the eye alone.
  const text = [...node.childNodes]
    .filter((child) => !isFar(child))
    .map(marked)
    .join('');
  // Names of tokens' elements begin with the letter of their shade, a to j.
  return /^[a-j]-\d?$/.test(node.localName) ? `${text}{{${node.localName.charCodeAt(0) - 96}}}` : text;
}

const line = (node: Node): string => JSON.stringify(marked(node));

/** What a feature is active on and what it makes the model say, as a question for a language model. */
function prompt(): string {
  const groups = [...document.querySelectorAll(GROUPS)].map((group) =>
    [marked(group.querySelector('h3')!), ...[...group.querySelectorAll('li p')].map(line)].join('\n'),
  );
  const logits = [...document.querySelectorAll('table.logits')].map(
    (table) =>
      `${table.querySelector('caption')?.textContent} as the next token: ${[...table.querySelectorAll('td b')].map(line).join(', ')}`,
  );
  return [QUESTION, ...groups, ...logits].join('\n\n');
}

/** Adds a button that copies the examples for a language model. */
export function offerPrompt(): void {
  if (!document.querySelector(GROUPS)) return;
  addTool('Copy as prompt', () =>
    copy(prompt(), 'examples copied, as a question for a language model', 'this page may not copy'),
  );
}

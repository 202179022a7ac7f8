import { plain } from './escape.ts';

/** An explanation as HTML; what stands in backticks is a token, and a backtick may be one. */
export function explanationHtml(text: string): string {
  return plain(text).replace(/`(`|[^`]+)`/g, '<code>$1</code>');
}

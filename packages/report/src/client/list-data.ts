import { loadScript } from './load-script.ts';

/** Values of every feature of a dictionary, as list.js gives them. */
export interface ListData {
  unit: string;
  total: number;
  active: number[];
  max: number[];
  /** Chips as HTML, escaped when the site was built. */
  on: string[];
  domains: string[];
  domain: number[];
  share: (number | null)[];
  parents?: number[];
  children?: number[];
  twins?: number[];
}

declare global {
  // oxlint-disable-next-line no-var
  var monosemaList: ((data: ListData) => void) | undefined;
}

/** Loads list.js. */
export function loadList(source: string): Promise<ListData> {
  return new Promise((resolve, reject) => {
    globalThis.monosemaList = resolve;
    loadScript(source).catch(reject);
  });
}

/** Text of chips, for searching. */
export function chipText(html: string): string {
  const plain: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return html
    .replace(/<\/b>/g, ' ')
    .replace(/<bdi class=x data-c="([^"]*)">/g, '$1')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|amp);/g, (entity) => plain[entity] ?? entity)
    .toLowerCase();
}

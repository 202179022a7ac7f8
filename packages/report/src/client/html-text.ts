const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };

/** Text of HTML that was made when the site was built; signs of unseen characters are text too. */
export function htmlText(html: string): string {
  return html
    .replace(/<bdi class=x data-c="([^"]*)">/g, '$1')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|amp);/g, (entity) => entities[entity] ?? entity);
}

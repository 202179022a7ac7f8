/** The icon of the site: a token above its shade. A file of its own, since every page would repeat it. */
export const ICON = {
  file: 'assets/icon.svg',
  code: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 5h6v2H1z" fill="#ff8c00"/><path d="M2.5 1h3v2.5h-3z" fill="#888"/></svg>\n',
};

import type { ProxyText } from '../proxies/proxy-text.ts';

/** A token is a proxy's when this share of its places in the text is counted in ... */
const LEAST_SHARE = 0.5;
/** ... and there are at least this many of them. */
const LEAST_PLACES = 3;

/**
 * The tokens of each proxy: those that it counts in at half or more of the places where they stand. So a token that
 * is base64 only in base64 is left out where it is mostly a word.
 *
 * @returns by proxy, token ids ascending
 */
export function tokensOfProxies(text: ProxyText, vocabulary: number, watch: () => void): number[][] {
  const proxies = text.proxies.length;
  const places = new Uint32Array(vocabulary);
  const inside = new Uint32Array(vocabulary * proxies);
  const { length, tokens } = text.text.contexts;
  for (let first = 0; first < tokens; first += length) {
    if ((first / length) % 256 === 0) watch();
    const { offsets, ids } = text.flags(first, length);
    text.text.read(first, length).forEach((token, at) => {
      places[token]! += 1;
      for (let f = offsets[at]!; f < offsets[at + 1]!; f++) inside[token * proxies + ids[f]!]! += 1;
    });
  }
  return text.proxies.map((_, proxy) =>
    Array.from(places.keys()).filter(
      (token) =>
        places[token]! >= LEAST_PLACES && inside[token * proxies + proxy]! >= LEAST_SHARE * places[token]!,
    ),
  );
}

import type { FeatureInput, ProxiesRecord } from '../../records/schema.ts';
import { binOf, edgesOf } from '../bins.ts';
import { momentsOf, type FeatureSource } from '../feature-source.ts';
import { pearson } from '../pairs/correlation.ts';
import type { ProxyText } from './proxy-text.ts';

type ProxyAnswer = NonNullable<FeatureInput['proxies']>[number];
type ProxyMatch = NonNullable<ProxiesRecord['proxies'][number]['feature']>;

/** Bands of activation in which specificity is told. */
const BANDS = 10;
/** A feature or a neuron answers to a proxy when it correlates at least this much with it. */
export const ANSWERS = 0.2;
const MOST_ANSWERS = 3;

/** How every feature of one dictionary goes with every proxy. */
export interface SourceProxies {
  readonly source: FeatureSource;
  /** The proxies that a feature answers to, best correlated first. */
  readonly answers: (feature: number) => ProxyAnswer[];
  /** The feature that correlates best with a proxy, and its correlation; null where none is positive. */
  readonly best: (proxy: number) => { readonly feature: number; readonly pearson: number } | null;
}

/**
 * Reads the activations of a dictionary once and correlates every feature with every proxy, a proxy being 1 on the
 * tokens that it counts in. Memory grows with features times proxies.
 *
 * @param watch called often with the share done; throws to stop
 */
export function measureProxies(
  source: FeatureSource,
  text: ProxyText,
  watch: (share: number) => void,
): SourceProxies {
  const proxies = text.proxies.length;
  const { features, sums } = source;
  const sum = new Float64Array(features * proxies);
  const active = new Uint32Array(features * proxies);
  const topHalf = new Uint32Array(features * proxies);
  const topHalfAll = new Uint32Array(features);
  for (const { features: ids, values, offsets, rows, flags } of flaggedPieces(source, text, watch)) {
    for (let row = 0; row < rows; row++) {
      const [from, to] = [flags.offsets[row]!, flags.offsets[row + 1]!];
      for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
        const j = ids[e]!;
        const strong = values[e]! > sums.max[j]! / 2 ? 1 : 0;
        topHalfAll[j]! += strong;
        for (let f = from; f < to; f++) {
          const at = j * proxies + flags.ids[f]!;
          sum[at]! += values[e]!;
          active[at]! += 1;
          topHalf[at]! += strong;
        }
      }
    }
  }
  const correlation = (feature: number, proxy: number): number => {
    const tokens = text.tokensOf[proxy]!;
    return pearson(
      momentsOf(source, feature),
      { tokens: sums.tokens, sum: tokens, sumOfSquares: tokens },
      sum[feature * proxies + proxy]!,
    );
  };
  return {
    source,
    answers: (feature) =>
      text.proxies
        .map(({ id }, proxy): ProxyAnswer => ({
          proxy: id,
          pearson: correlation(feature, proxy),
          specificity: share(active[feature * proxies + proxy]!, sums.active[feature]!),
          topSpecificity: share(topHalf[feature * proxies + proxy]!, topHalfAll[feature]!),
        }))
        .filter((answer) => answer.pearson >= ANSWERS)
        .sort((a, b) => b.pearson - a.pearson)
        .slice(0, MOST_ANSWERS),
    best: (proxy) => {
      let best: { feature: number; pearson: number } | null = null;
      for (let feature = 0; feature < features; feature++) {
        const value = correlation(feature, proxy);
        if (value > (best?.pearson ?? 0)) best = { feature, pearson: value };
      }
      return best;
    },
  };
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/**
 * Puts the best feature and the best neuron of every proxy side by side, with how specific they are in each band of
 * activation, and how much of their activation falls on the concept.
 */
export function proxiesRecordOf(
  text: ProxyText,
  features: readonly SourceProxies[],
  neurons: readonly SourceProxies[],
  watch: () => void,
): ProxiesRecord['proxies'] {
  const featureMatches = matchesOf(text, features, watch);
  const neuronMatches = matchesOf(text, neurons, watch);
  return text.proxies.map(({ id, name, kind }, proxy) => ({
    id,
    name,
    kind,
    tokens: text.tokensOf[proxy]!,
    feature: featureMatches[proxy]!,
    neuron: neuronMatches[proxy]!,
  }));
}

/** For each proxy the best of several dictionaries, measured in a second pass over those that have a best. */
function matchesOf(
  text: ProxyText,
  measured: readonly SourceProxies[],
  watch: () => void,
): (ProxyMatch | null)[] {
  const best = text.proxies.map((_, proxy) =>
    measured
      .flatMap(({ source, best: of }) => {
        const found = of(proxy);
        return found === null ? [] : [{ source, ...found }];
      })
      .reduce<{ source: FeatureSource; feature: number; pearson: number } | null>(
        (known, found) => (known === null || found.pearson > known.pearson ? found : known),
        null,
      ),
  );
  const matches = best.map((found) =>
    found === null ? null : new MatchCounts(found.source.sums.max[found.feature]!),
  );
  for (const { source } of measured) {
    const wanted = new Map<number, number[]>();
    best.forEach((found, proxy) => {
      if (found?.source === source) wanted.set(found.feature, [...(wanted.get(found.feature) ?? []), proxy]);
    });
    if (wanted.size === 0) continue;
    for (const { rows, offsets, features: ids, values, flags } of flaggedPieces(source, text, watch)) {
      for (let row = 0; row < rows; row++) {
        const of = flags.ids.subarray(flags.offsets[row]!, flags.offsets[row + 1]!);
        for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
          for (const proxy of wanted.get(ids[e]!) ?? []) matches[proxy]!.add(values[e]!, of.includes(proxy));
        }
      }
    }
  }
  return best.map((found, proxy) =>
    found === null
      ? null
      : {
          dictionary: found.source.id,
          feature: found.feature,
          pearson: found.pearson,
          ...matches[proxy]!.finish(),
        },
  );
}

/** Counts one feature's activations by band, on a concept and off it. */
class MatchCounts {
  readonly #max: number;
  readonly #on = { tokens: new Float64Array(BANDS), sum: new Float64Array(BANDS) };
  readonly #off = { tokens: new Float64Array(BANDS), sum: new Float64Array(BANDS) };

  constructor(max: number) {
    this.#max = max;
  }

  add(value: number, on: boolean): void {
    const band = binOf(value, this.#max, BANDS);
    const { tokens, sum } = on ? this.#on : this.#off;
    tokens[band]! += 1;
    sum[band]! += value;
  }

  finish(): Pick<ProxyMatch, 'specificity' | 'expectedValue'> {
    return {
      specificity: Array.from({ length: BANDS }, (_, band) => ({
        from: band / BANDS,
        to: (band + 1) / BANDS,
        activeTokens: this.#on.tokens[band]! + this.#off.tokens[band]!,
        onConcept: this.#on.tokens[band]!,
      })),
      expectedValue: {
        edges: edgesOf(0, this.#max, BANDS),
        on: [...this.#on.sum],
        off: [...this.#off.sum],
      },
    };
  }
}

/** The activations of a dictionary with the proxies of each token. */
function* flaggedPieces(source: FeatureSource, text: ProxyText, watch: (share: number) => void) {
  const { length } = text.text.contexts;
  const rows = Math.max(1, Math.floor(2048 / length)) * length;
  for (const piece of source.entries.pieces(rows)) {
    watch(piece.first / source.entries.rows);
    yield { ...piece, flags: text.flags(piece.first, piece.rows) };
  }
}

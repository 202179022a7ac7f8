import type { EntryFile } from '../entries/entry-file.ts';
import { growingFloats, growingIntegers } from '../growing.ts';
import { LogitChanges } from './logit-changes.ts';
import { LOGITS, LOSS } from './wanted.ts';
import type { Window } from './window.ts';

/** Activations on the tokens that are shown, of features that show them; in order of tokens, then of features. */
export interface ShownActivations {
  readonly tokens: Uint32Array;
  readonly features: Uint32Array;
  readonly values: Float32Array;
  /** Change of the loss of the token after; NaN where it is not measured. Filled in by the ablation. */
  readonly lossChanges: Float32Array;
  /** LOSS where the token after is shown as well, LOGITS where it is near a token that an example was chosen for; else 0. */
  readonly wanted: Uint8Array;
  /** Changes of logits of predicting the token after, where they are wanted and were measured. */
  readonly logits: LogitChanges;
  /** (F) tokens on which the activation is at a feature's threshold or above. */
  readonly above: Float64Array;
}

/**
 * Reads the activations once and keeps those on the tokens of the given windows, and on the token before each,
 * whose ablation acts on the window's first. In one context a feature's windows are kept from the first to the last.
 *
 * @param windows calls back with each window of each feature, and with the tokens of it for whose prediction changes of
 * logits are wanted, none by default; asked once
 * @param thresholds (F)
 * @param watch called often with the share done; throws to stop
 */
export function collectShown(
  entries: EntryFile,
  context: number,
  windows: (each: (feature: number, window: Window, near?: Window) => void) => void,
  thresholds: Float64Array,
  watch?: (share: number) => void,
): ShownActivations {
  const byContext = groupByContext(windows, context, Math.ceil(entries.rows / context));
  const features = thresholds.length;
  // The stretch of the open context that each feature shows; low > high where it shows none.
  const low = new Float64Array(features).fill(1);
  const high = new Float64Array(features);
  const nearLow = new Float64Array(features).fill(1);
  const nearHigh = new Float64Array(features);
  const above = new Float64Array(features);
  const kept = {
    tokens: growingIntegers(),
    features: growingIntegers(),
    values: growingFloats(),
    wanted: growingIntegers(),
  };
  for (const piece of entries.pieces(context)) {
    const place = piece.first / context;
    if (place % 64 === 0) watch?.(piece.first / entries.rows);
    const from = byContext.starts[place]!;
    const to = byContext.starts[place + 1]!;
    for (let w = from; w < to; w++) {
      const feature = byContext.features[w]!;
      const [start, end] = [byContext.windowStarts[w]!, byContext.windowEnds[w]!];
      const none = low[feature]! > high[feature]!;
      low[feature] = none ? start : Math.min(low[feature]!, start);
      high[feature] = none ? end : Math.max(high[feature]!, end);
      const [nearStart, nearEnd] = [byContext.nearStarts[w]!, byContext.nearEnds[w]!];
      nearLow[feature] = none ? nearStart : Math.min(nearLow[feature]!, nearStart);
      nearHigh[feature] = none ? nearEnd : Math.max(nearHigh[feature]!, nearEnd);
    }
    for (let row = 0; row < piece.rows; row++) {
      const token = piece.first + row;
      for (let e = piece.offsets[row]!; e < piece.offsets[row + 1]!; e++) {
        const j = piece.features[e]!;
        const value = piece.values[e]!;
        if (value >= thresholds[j]!) above[j]! += 1;
        if (token < low[j]! - 1 || token >= high[j]!) continue;
        kept.tokens.push(token);
        kept.features.push(j);
        kept.values.push(value);
        const near = token + 1 >= nearLow[j]! && token + 1 < nearHigh[j]!;
        kept.wanted.push(near ? LOGITS : token + 1 < high[j]! ? LOSS : 0);
      }
    }
    for (let w = from; w < to; w++) {
      low[byContext.features[w]!] = 1;
      high[byContext.features[w]!] = 0;
    }
  }
  const values = kept.values.finish();
  const wanted = Uint8Array.from(kept.wanted.finish());
  return {
    tokens: kept.tokens.finish(),
    features: kept.features.finish(),
    values,
    wanted,
    logits: new LogitChanges(wanted),
    lossChanges: new Float32Array(values.length).fill(NaN),
    above,
  };
}

/** Nowhere, and nowhere still when it is joined with itself. */
const NOTHING: Window = { start: 0xffffffff, end: 0 };

/** Windows in the order of their contexts: those of context c are `starts[c]` to `starts[c + 1]`. */
function groupByContext(
  windows: (each: (feature: number, window: Window, near?: Window) => void) => void,
  context: number,
  contexts: number,
) {
  const features = growingIntegers();
  const begins = growingIntegers();
  const ends = growingIntegers();
  const nearBegins = growingIntegers();
  const nearEnds = growingIntegers();
  const starts = new Uint32Array(contexts + 1);
  windows((feature, { start, end }, near = NOTHING) => {
    features.push(feature);
    begins.push(start);
    ends.push(end);
    nearBegins.push(near.start);
    nearEnds.push(near.end);
    starts[Math.floor(start / context) + 1]! += 1;
  });
  for (let c = 0; c < contexts; c++) starts[c + 1]! += starts[c]!;
  const next = starts.slice();
  const result = {
    starts,
    features: new Uint32Array(features.length),
    windowStarts: new Uint32Array(features.length),
    windowEnds: new Uint32Array(features.length),
    nearStarts: new Uint32Array(features.length),
    nearEnds: new Uint32Array(features.length),
  };
  const [f, b, e] = [features.finish(), begins.finish(), ends.finish()];
  const [nb, ne] = [nearBegins.finish(), nearEnds.finish()];
  for (let w = 0; w < f.length; w++) {
    const at = next[Math.floor(b[w]! / context)]!++;
    result.features[at] = f[w]!;
    result.windowStarts[at] = b[w]!;
    result.windowEnds[at] = e[w]!;
    result.nearStarts[at] = nb[w]!;
    result.nearEnds[at] = ne[w]!;
  }
  return result;
}

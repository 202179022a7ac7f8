import type { ReadDictionary } from '../dictionary/read-parameters.ts';
import type { SteeredSequence } from '../sampling/steered-model.ts';
import type { Computer, Steered } from './computer.ts';
import { encodePlainly } from './plain-dictionary.ts';
import { PlainPass, type PlainModel } from './plain-pass.ts';

/** Milliseconds after which a page may react to its reader. */
const BREATH_MS = 12;

/** Computes in plain JavaScript, in float64, for browsers that give no adapter. */
export function plainComputer(model: PlainModel, dictionary: ReadDictionary): Computer {
  const { features } = dictionary.shape;
  return {
    adapter: null,
    async activations(tokens, watch) {
      const pass = new PlainPass(model);
      const breathe = breather(watch);
      const all = new Float32Array(tokens.length * features);
      for (const [position, token] of tokens.entries()) {
        await breathe();
        pass.append(token);
        all.set(encodePlainly(dictionary, pass.activationsAt(position)), position * features);
      }
      return all;
    },
    steered: (held, sequences, watch) =>
      Promise.resolve(new PlainSteered(model, dictionary, held, sequences, watch)),
    close: () => {},
  };
}

/** A sequence as far as it has been computed. */
interface Known {
  readonly pass: PlainPass;
  readonly tokens: number[];
  readonly pins: string;
}

class PlainSteered implements Steered {
  readonly context: number;
  readonly sequences: number;
  readonly #model: PlainModel;
  readonly #dictionary: ReadDictionary;
  readonly #features: readonly number[];
  readonly #watch: () => void;
  readonly #known: (Known | undefined)[] = [];

  constructor(
    model: PlainModel,
    dictionary: ReadDictionary,
    features: readonly number[],
    sequences: number,
    watch: () => void,
  ) {
    this.context = model.config.context;
    this.sequences = sequences;
    this.#model = model;
    this.#dictionary = dictionary;
    this.#features = features;
    this.#watch = watch;
  }

  async predict(sequences: readonly SteeredSequence[]): Promise<Float32Array[]> {
    const breathe = breather(this.#watch);
    const logits: Float32Array[] = [];
    for (const [s, sequence] of sequences.entries()) {
      const { pass, tokens } = this.#begun(s, sequence);
      for (let i = tokens.length; i < sequence.tokens.length; i++) {
        await breathe();
        tokens.push(sequence.tokens[i]!);
        pass.append(sequence.tokens[i]!);
      }
      for (const place of sequence.after) logits.push(pass.logits(place));
    }
    return logits;
  }

  destroy(): void {}

  /** What is known of a sequence, where it goes on from what was asked before; a sliding window does not. */
  #begun(s: number, { tokens, pins }: SteeredSequence): Known {
    const key = JSON.stringify(pins);
    const known = this.#known[s];
    if (known?.pins === key && known.tokens.every((token, i) => token === tokens[i])) return known;
    const made = { pass: new PlainPass(this.#model, this.#holding(pins)), tokens: [], pins: key };
    this.#known[s] = made;
    return made;
  }

  /** x' = x + Σ (pin - f)·d over what is held; null where nothing is. */
  #holding(pins: SteeredSequence['pins']): ((x: Float64Array) => void) | null {
    if (pins.length === 0) return null;
    const { width } = this.#dictionary.shape;
    const { decoder } = this.#dictionary.values;
    const held = pins.map(({ place }) => this.#features[place]!);
    return (x) => {
      const activations = encodePlainly(this.#dictionary, x, held);
      for (const [i, feature] of held.entries()) {
        const change = pins[i]!.value - activations[i]!;
        for (let a = 0; a < width; a++) x[a]! += change * decoder[feature * width + a]!;
      }
    };
  }
}

/** Lets the page react now and then. */
function breather(watch: () => void): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > BREATH_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      since = performance.now();
    }
    watch();
  };
}

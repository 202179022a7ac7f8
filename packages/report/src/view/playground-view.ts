/** A file that a page loads in pieces, `playground/A-0.js` and on. */
export interface PiecedFile {
  /** Path from the root of the site without the number of the piece. */
  stem: string;
  bytes: number;
  sha256: string;
}

/** A configuration as it stands, and the weights that it is about. */
export interface PiecedWeights {
  id: string;
  config: Record<string, unknown>;
  file: PiecedFile;
}

/** What the playground of a site loads when its reader asks. */
export interface PlaygroundView {
  /** Hookable activation that the dictionaries take apart, and its layer. */
  site: string;
  layer: number;
  /** Bytes of a file in each of its pieces; the last has what is left. */
  piece: number;
  tokenizer: { file: PiecedFile; imported: boolean; endOfText: number };
  models: PiecedWeights[];
  dictionaries: (PiecedWeights & { model: string; features: number })[];
}

/** A dictionary and its model. */
export function chosenOf(
  { models, dictionaries }: PlaygroundView,
  id: string,
): { model: PiecedWeights; dictionary: PiecedWeights } {
  const dictionary = dictionaries.find((each) => each.id === id)!;
  return { dictionary, model: models.find((each) => each.id === dictionary.model)! };
}

/** Bytes that a reader of a dictionary loads, without the program. */
export function bytesToLoad(view: PlaygroundView, id: string): number {
  const { model, dictionary } = chosenOf(view, id);
  return view.tokenizer.file.bytes + model.file.bytes + dictionary.file.bytes;
}

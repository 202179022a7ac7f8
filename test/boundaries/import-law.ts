/** Who may import whom, and why. A room is a folder of a package's sources; `(root)` are the files beside them. */

/** Packages of ours that a package may import; `own` is its name, which it may always use. */
export const PACKAGES: Readonly<
  Record<string, { readonly own: string; readonly ours: readonly string[]; readonly why: string }>
> = {
  engine: { own: '@monosema/engine', ours: [], why: 'the engine knows no model and no page' },
  trainer: { own: '@monosema/trainer', ours: ['@monosema/engine'], why: 'the trainer knows no page' },
  report: {
    own: '@monosema/report',
    ours: ['@monosema/trainer/records', '@monosema/trainer/browser'],
    why: 'the report knows feature records, not how they are made',
  },
};

/** The trainer's pipeline: a room imports earlier ones, never later ones. */
const PIPELINE = [
  'config',
  'artefacts',
  'text',
  'tokens',
  'random',
  'model',
  'activations',
  'dictionary',
  'sampling',
  'playground',
  'analysis',
  'autointerp',
];

/** Says why a room of the trainer may not import another, or null where it may. */
export function whyNotRoom(from: string, to: string): string | null {
  if (from === to || from === 'cli') return null;
  if (to === 'cli') return 'nothing depends on the command line';
  // pipeline.ts lists the stages, index.ts what a study needs.
  if (from === '(root)') return null;
  if (to === '(root)') return 'only the command line knows the whole pipeline';
  if (from === 'records') return 'the report loads the records, and nothing else of the trainer';
  if (to === 'records')
    return from === 'analysis' || from === 'autointerp' ? null : 'only the analysis writes feature records';
  if (to === 'golden') return 'golden files check the pipeline, which knows nothing of them';
  if (to === 'scale') return 'the scale counts what the pipeline takes, which knows nothing of that';
  const reach = from === 'golden' || from === 'scale' ? PIPELINE.length : PIPELINE.indexOf(from);
  if (reach < 0) return `the room ${from} has no place in the import law; give it one`;
  const at = PIPELINE.indexOf(to);
  if (at < 0) return `the room ${to} has no place in the import law; give it one`;
  if (from === 'artefacts' && to !== 'config') return 'artefacts know files, not stages';
  return at < reach ? null : `${to} comes after ${from}; a stage never imports a later one`;
}

/** Packages from elsewhere that the records may use: the report brings them along. */
export const RECORDS_MAY = ['zod', 'hyparquet', 'hyparquet-writer'];

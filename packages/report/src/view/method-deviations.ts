import { plain } from './escape.ts';
import { counted, integer, significant, size } from './number.ts';
import { activationsOf, trainingTokensOf, type Site } from './site.ts';

/** Where the study is not the paper's: a table of what each did. The paper's figures are as its text gives them. */
export function deviations(site: Site): string {
  const rows = [...ofModel(site), ...ofDictionaries(site), ...ofAnalysis(site)].map(
    ([what, paper, here]) =>
      `<tr><th scope=row>${what}</th><td class=text>${paper}<td class=text>${plain(here)}</tr>`,
  );
  return (
    '<section id=deviations><h2>Where this differs from the paper</h2>' +
    '<p class=note>Beside Bricken et al. 2023. What its text does not state is called so; what is not in the table is done as it says.</p>' +
    `<div class=scroll tabindex=0 role=region aria-label="Differences from the paper"><table class="num pairs"><thead><tr><th scope=col>what<th scope=col class=text>the paper<th scope=col class=text>here</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
  );
}

type Row = readonly [what: string, paper: string, here: string];

function ofModel({ study: { corpus, models } }: Site): Row[] {
  const text: Row = [
    'text',
    'The Pile',
    `${integer(corpus.documents)} documents, ${size(corpus.bytes)}, ${counted(corpus.domains.length, 'domain')}`,
  ];
  const model = models[0];
  if (!model) return [text];
  return [
    text,
    ['training tokens', '100 billion', trainingTokensOf(model)],
    ['residual width, MLP width', '128, 512', `${integer(model.dModel)}, ${integer(model.dMlp)}`],
    ['layers', '1', integer(model.layers)],
    ['nonlinearity', 'ReLU', model.activation === 'relu' ? 'ReLU' : model.activation],
    ['heads, context', 'not stated', `${model.heads}, ${integer(model.context)}`],
    ['vocabulary', 'not stated', integer(model.vocabulary)],
    ['models', 'two seeds', models.map(({ id }) => id).join(', ')],
  ];
}

/** Architectures that start as they were published. */
const FROM_RANDOM: readonly string[] = ['april-2024', 'topk', 'batchtopk', 'matryoshka'];

function ofDictionaries({ study, dictionaries }: Site): Row[] {
  const trained = [...dictionaries.values()].flatMap(({ record }) => (record.training ? [record] : []));
  const [first] = trained;
  if (!first?.training) return [];
  const { training } = first;
  const several = (values: readonly string[]): string => [...new Set(values)].join(', ');
  const settings = (study.provenance.config['dictionaries'] ?? {}) as Record<string, unknown>;
  const rows: Row[] = [
    ['activations', 'MLP, after the nonlinearity', activationsOf(first)],
    [
      `width, of the ${first.site === 'mlp-activations' ? 'neurons' : 'dimensions'}`,
      '1× to 256×',
      several(
        trained.map(
          ({ features, activationWidth }) => `${Number((features / activationWidth).toPrecision(2))}×`,
        ),
      ),
    ],
    [
      'architecture',
      "the paper's own",
      several(trained.map((record) => record.training?.architecture ?? '')),
    ],
    [
      'vectors, each used once',
      '8.19 billion',
      several(trained.map((record) => integer(record.training?.vectors ?? 0))),
    ],
    [
      'λ, mean over dimensions',
      '0.004 in the text',
      several(
        trained.map((record) =>
          significant((record.training?.l1Coefficient || NaN) / record.activationWidth),
        ),
      ),
    ],
    ['scale of the vectors', 'not stated', 'mean length √A'],
    [
      'resampling',
      'at steps 25,000 to 100,000 of 1 million',
      training.resamplings.length > 0
        ? `at steps ${training.resamplings.map(({ step }) => integer(step)).join(', ')} of ${integer(training.history.at(-1)?.step ?? 0)}`
        : 'none',
    ],
  ];
  if (typeof settings['batch'] === 'number') rows.push(['batch', '8,192', integer(settings['batch'])]);
  if (typeof settings['initialDensity'] === 'number') {
    const penalised = `equal directions, scaled so that ${significant(settings['initialDensity'] * 100, 2)} % are active`;
    rows.push([
      'first encoder and decoder',
      'Kaiming-uniform',
      several(
        trained.map(({ training: of }) =>
          FROM_RANDOM.includes(of?.architecture ?? '') ? 'equal, in random directions' : penalised,
        ),
      ),
    ]);
  }
  return rows;
}

function ofAnalysis({ dictionaries, findings, rating }: Site): Row[] {
  const views = [...dictionaries.values()].map(({ record }) => record);
  const explainers = new Set(
    views.flatMap(({ explanationScores }) => explanationScores.map(({ explainer }) => explainer)),
  );
  const rated = rating?.results.reduce((sum, { ratings }) => sum + ratings.length, 0) ?? 0;
  return [
    ['tokens that densities are counted on', '100 million', integer(views[0]?.evaluationTokens ?? 0)],
    [
      'tokens that loss recovered is taken over',
      'not stated',
      integer(views.find(({ losses }) => losses)?.losses?.tokens ?? 0),
    ],
    [
      'explanations',
      'Claude 2',
      explainers.size > 0
        ? [...explainers].map((name) => (name === 'rules' ? 'rules, no language model' : name)).join(', ')
        : 'none',
    ],
    ['control with shuffled weights', 'yes', views.some(({ kind }) => kind === 'control') ? 'yes' : 'no'],
    [
      'human ratings',
      '412 intervals of 162 units, one rater',
      rated > 0 ? `${integer(rated)} intervals` : 'none so far',
    ],
    [
      'automata',
      'found by hand',
      findings.automata ? 'searched for, then checked by sampling' : 'not looked for',
    ],
  ];
}

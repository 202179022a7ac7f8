import { plain } from './escape.ts';
import { ALL_ORDERS } from './list-order.ts';
import { integer, size } from './number.ts';
import { PLAYGROUND } from './playground-page.ts';
import type { Site } from './site.ts';

/** The files that the pages are made of, and how a program reads them. */
export function data({ dictionaries, records, playground }: Site): string {
  const [first = ''] = dictionaries.keys();
  const link = (file: string, name: string): string => `<a href=${file}>${name}</a>`;
  const rows = [...dictionaries].map(([id, { record }]) => {
    const table = record.features <= ALL_ORDERS ? link(`${id}/features.csv`, 'CSV') : 'n/a';
    const bytes = records?.get(id);
    return `<tr><th scope=row>${plain(id)}<td>${integer(record.features)}<td>${table}<td>${bytes === undefined ? 'n/a' : `${link(`${id}/features.parquet`, 'Parquet')} <small>${size(bytes)}</small>`}`;
  });
  return (
    '<section id=data><h2>Data</h2>' +
    `<p class=note>${
      records
        ? 'Everything that the page of a feature says is in its record. A row is a feature, in the order of their numbers: numbers are columns of their own, panels such as the examples are columns of JSON. Row groups are small, so one feature can be read over the network without the rest. With DuckDB, for example, after the address of this site:'
        : 'The records that the pages are made of are too large to be handed out here. The lists of features are tables too.'
    }</p>` +
    (records
      ? `<pre class=config tabindex=0>SELECT maxActivation, logitWeights\nFROM '${plain(first)}/features.parquet'\nWHERE index = 0;</pre>`
      : '') +
    `<div class=scroll tabindex=0 role=region aria-label="Files"><table class=num><thead><tr><th scope=col>dictionary<th scope=col>features<th scope=col>lists<th scope=col>records<tbody>${rows.join('')}</table></div>` +
    `<p class=note>${
      playground.view
        ? `The weights that the <a href=${PLAYGROUND}>playground</a> computes with are handed out too, as base64 in pieces below <code>playground/</code>: ${playground.view.models.map(({ id }) => `model ${plain(id)}`).join(', ')} in GPT-2’s layout, ${playground.view.dictionaries.map(({ id }) => plain(id)).join(', ')} in that of SAELens.`
        : plain(playground.lacks)
    }</p></section>`
  );
}

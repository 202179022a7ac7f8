import { defineConfig } from 'astro/config';
import monosemaReport from '@monosema/report';

export default defineConfig({
  integrations: [
    monosemaReport({
      records: '../../out/mini-pile/records',
      title: 'Thirty-four kinds of text',
      intro: 'src/intro.md',
    }),
  ],
});

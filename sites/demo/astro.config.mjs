import { defineConfig } from 'astro/config';
import monosemaReport from '@monosema/report';

export default defineConfig({
  integrations: [
    monosemaReport({
      records: '../../out/demo/records',
      title: 'What a small language model reads',
      intro: 'src/intro.md',
    }),
  ],
});

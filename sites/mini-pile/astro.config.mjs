import { defineConfig } from 'astro/config';
import monosemaReport from '@monosema/report';

export default defineConfig({
  // Where the site will be; what needs its address is left out without it.
  site: process.env.SITE_ADDRESS,
  integrations: [
    monosemaReport({
      records: '../../out/mini-pile/records',
      title: 'Thirty-four kinds of text',
      intro: 'src/intro.md',
      authors: ['The Monosema authors'],
    }),
  ],
});

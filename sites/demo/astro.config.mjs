import { defineConfig } from 'astro/config';
import monosemaReport from '@monosema/report';

export default defineConfig({
  // Where the site will be; what needs its address is left out without it.
  site: process.env.SITE_ADDRESS,
  integrations: [
    monosemaReport({
      records: '../../out/demo/records',
      title: 'What a small language model reads',
      intro: 'src/intro.md',
      authors: ['The Monosema authors'],
    }),
  ],
});

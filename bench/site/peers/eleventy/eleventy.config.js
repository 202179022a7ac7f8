import { FEATURES, barsOf, featureAt, groupsOf, text } from '../content.ts';

export default function (config) {
  config.addGlobalData(
    'features',
    Array.from({ length: FEATURES }, (_, index) => featureAt(index)),
  );
  config.addFilter('text', text);
  config.addFilter('bars', barsOf);
  config.addFilter('groups', groupsOf);
  return { dir: { input: '.', includes: '_includes' } };
}

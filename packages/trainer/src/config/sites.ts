/** The activations of a transformer block that a dictionary can take apart, in the order in which they are computed. */
export const SITES = [
  'residual-pre',
  'residual-mid',
  'mlp-activations',
  'mlp-output',
  'residual-post',
] as const;

export type SiteName = (typeof SITES)[number];

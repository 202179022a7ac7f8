import type { SiteName } from '../config/sites.ts';
import type { TransformerConfig } from './parameters.ts';

/** Where in a model activations are taken. */
export interface Site {
  readonly name: SiteName;
  /** Counted from 0. */
  readonly layer: number;
}

/** TransformerLens's names within a block. */
const HOOKS: Readonly<Record<SiteName, string>> = {
  'residual-pre': 'hook_resid_pre',
  'residual-mid': 'hook_resid_mid',
  'mlp-activations': 'mlp.hook_post',
  'mlp-output': 'hook_mlp_out',
  'residual-post': 'hook_resid_post',
};

/** TransformerLens's name of a site, as blocks.0.mlp.hook_post. */
export function hookNameOf({ name, layer }: Site): string {
  return `blocks.${layer}.${HOOKS[name]}`;
}

/** Whether a name is TransformerLens's name of anything within a block. */
export function isHookName(name: string): boolean {
  return /^blocks\.\d+\.(\w+\.)?hook_\w+$/.test(name);
}

/** The site that a study takes apart. */
export function siteOf({ site, layer }: { readonly site: SiteName; readonly layer: number }): Site {
  return { name: site, layer };
}

/** A, the width of the activations at a site. */
export function siteWidth(config: TransformerConfig, { name }: Site): number {
  return name === 'mlp-activations' ? config.dMlp : config.dModel;
}

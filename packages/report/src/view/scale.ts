/** The shades of activation side by side, weak to strong, for legends. */
export const SCALE = '<span class=scale aria-hidden=true></span>';

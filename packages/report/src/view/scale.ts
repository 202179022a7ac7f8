import { SHADES, tokenElement } from './shade.ts';

/** The shades of activation side by side, weak to strong, for legends. */
export function scale(): string {
  const shades = Array.from({ length: SHADES }, (_, i) => {
    const name = tokenElement(i + 1);
    return `<${name}></${name}>`;
  });
  return `<span class=scale aria-hidden=true>${shades.join('')}</span>`;
}

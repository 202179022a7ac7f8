import type { Findings } from '@monosema/trainer/records';

export type Claim = Findings['claims']['claims'][number];

/** Each conclusion for those who have not read the paper: what it says, and why it could have been otherwise. */
const words: Record<Claim['id'], string> = {
  monosemantic:
    'A neuron answers to many unrelated things. A feature should answer to one, so that whoever has seen some of its examples can foretell the others. The score says how well a sentence foretells where a unit is active: 1 exactly, 0 not at all.',
  'not-neurons':
    'If single neurons already stood for Greek or for base64, dictionaries would only have found them again. A feature is spread over many neurons.',
  steering:
    'A feature is not only a sign of what was read. Held high while the model writes, it should make the model write accordingly.',
  universal:
    'A second model, begun from other random numbers, should arrive at the same features, though its neurons are others.',
  splitting:
    'Asked for more features, a dictionary does not invent unrelated ones: broad features divide into narrower ones.',
  'more-than-neurons':
    'Few features are active at once, so a layer can keep many more of them than it has neurons; a wider dictionary should still find more.',
  automata:
    'A feature makes some text likelier; on that text another feature fires. Where such steps close to a ring, the model runs a small machine.',
};

export const claimWords = ({ id }: Pick<Claim, 'id'>): string => words[id];

/** How a claim fares in this study, in the words of its mark. */
export function verdict({ holds }: Pick<Claim, 'holds'>): {
  state: 'held' | 'failed' | 'open';
  text: string;
} {
  if (holds === null) return { state: 'open', text: 'not measured' };
  return holds ? { state: 'held', text: 'holds here' } : { state: 'failed', text: 'fails here' };
}

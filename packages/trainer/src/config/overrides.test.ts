import { describe, expect, it } from 'vitest';
import { applyOverrides } from './overrides.ts';

describe('applyOverrides', () => {
  const study = { name: 'x', transformer: { layers: 1 }, list: [{ id: 'A/0' }, { id: 'A/1' }] };

  it('sets numbers, texts and lists, and leaves the study it was given alone', () => {
    const before = structuredClone(study);
    expect(
      applyOverrides(study, ['name=y', 'transformer.layers=2', 'transformer.adam.beta1=0.8', 'at=[0.5]']),
    ).toEqual({
      ...study,
      name: 'y',
      transformer: { layers: 2, adam: { beta1: 0.8 } },
      at: [0.5],
    });
    expect(study).toEqual(before);
  });

  it('takes a number for an item of a list', () => {
    expect(applyOverrides(study, ['list.1.l1Coefficient=5'])).toMatchObject({
      list: [{ id: 'A/0' }, { id: 'A/1', l1Coefficient: 5 }],
    });
  });

  it('lets a later setting win, and keeps what follows the first equals sign', () => {
    expect(applyOverrides({}, ['a=1', 'a=b=c'])).toEqual({ a: 'b=c' });
  });

  it('sets a key that objects inherit as any other', () => {
    const result = applyOverrides({}, ['__proto__.polluted=1', 'constructor.x=1']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(result as object)).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    [
      'transformer',
      '--set: expected key.path=value, got "transformer"; write, say, --set transformer.tokens=100000',
    ],
    ['=3', '--set: expected key.path=value, got "=3"; write, say, --set transformer.tokens=100000'],
    ['list.2.id=C', '--set: expected an item from 0 to 1, got "2" in "list.2.id=C"'],
    ['name.first=x', '--set: expected keys before "first" that have keys below them, got "name.first=x"'],
  ])('refuses %s', (setting, sentence) => {
    expect(() => applyOverrides(study, [setting])).toThrow(sentence);
  });
});

import type { z } from 'zod';

type Test = (value: unknown) => boolean;

/**
 * Makes a test of whether a value fits a schema as it is, with nothing left out that the schema would fill in and nothing
 * in it that the schema does not know. It copies nothing and looks at every number once: parsing, which also finds the
 * words for what is wrong, takes three times as long on the records of features.
 *
 * @param schema of objects, lists, numbers, strings, booleans and choices, with lower bounds and refinements
 * @throws {Error} where the schema has anything else in it
 */
export function wholeness(schema: z.core.$ZodType): Test {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const checks = (def.checks ?? []).map(({ _zod }) => checkOf(_zod.def as Checks));
  return checks.reduce((fits, holds) => (value) => fits(value) && holds(value), kindOf(def));
}

function kindOf(def: z.core.$ZodTypes['_zod']['def']): Test {
  switch (def.type) {
    case 'number':
      return 'format' in def && def.format === 'safeint' ? Number.isSafeInteger : Number.isFinite;
    case 'string':
      return (value) => typeof value === 'string';
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'enum': {
      const known = new Set<unknown>(Object.values(def.entries));
      return (value) => known.has(value);
    }
    case 'nullable': {
      const fits = wholeness(def.innerType);
      return (value) => value === null || fits(value);
    }
    // What would be filled in is not whole.
    case 'default':
      return wholeness(def.innerType);
    case 'array': {
      const fits = wholeness(def.element);
      return (value) => {
        if (!Array.isArray(value)) return false;
        for (let i = 0; i < value.length; i++) if (!fits(value[i])) return false;
        return true;
      };
    }
    case 'object': {
      const names = Object.keys(def.shape);
      const fits = names.map((name) => wholeness(def.shape[name]!));
      return (value) => {
        if (typeof value !== 'object' || value === null) return false;
        for (let i = 0; i < names.length; i++)
          if (!fits[i]!((value as Record<string, unknown>)[names[i]!])) return false;
        // Each name has a value that is not undefined, so more keys are others. Counted without a list of them.
        let keys = 0;
        for (const _ in value) keys += 1;
        return keys === names.length;
      };
    }
    default:
      throw new Error(`internal: wholeness: expected a schema of plain values, got one of ${def.type}`);
  }
}

type Checks = z.core.$ZodCheckGreaterThanDef | z.core.$ZodCustomDef;

function checkOf(def: Checks): Test {
  if (def.check === 'greater_than') {
    const { inclusive } = def;
    const least = Number(def.value);
    return (value) => (inclusive ? (value as number) >= least : (value as number) > least);
  }
  if (def.check === 'custom') return (value) => def.fn(value) === true;
  throw new Error(`internal: wholeness: expected a lower bound or a refinement, got another check`);
}

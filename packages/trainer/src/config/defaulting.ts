import type { z } from 'zod';

/** A schema with a default, which ends its description, so that the two cannot differ. */
export function defaulting<Schema extends z.ZodType>(
  schema: Schema,
  value: z.output<Schema> & {},
  description: string,
): z.ZodDefault<Schema> {
  return schema.default(value as never).describe(`${description}; default ${show(value)}`);
}

function show(value: unknown): string {
  if (typeof value === 'number')
    return value < 1e-4 && value > 0 ? String(value) : value.toLocaleString('en');
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return String(value);
}

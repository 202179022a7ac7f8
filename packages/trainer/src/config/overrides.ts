import { ConfigError } from './config-error.ts';

/**
 * Applies `key.path=value` settings to a study, left to right; the study itself is left as it is.
 *
 * A value is read as JSON where it is JSON, else as text. A number as key stands for an item of a list that
 * exists: `dictionaries.list.1.l1Coefficient=5`.
 *
 * @throws {ConfigError} if a setting is not of that form, or leads through something that has no keys
 */
export function applyOverrides(study: unknown, settings: readonly string[]): unknown {
  let result = study;
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals <= 0)
      throw new ConfigError(
        `--set: expected key.path=value, got "${setting}"; write, say, --set transformer.tokens=100000`,
      );
    result = withValue(
      result,
      setting.slice(0, equals).split('.'),
      readValue(setting.slice(equals + 1)),
      setting,
    );
  }
  return result;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withValue(parent: unknown, path: readonly string[], value: unknown, setting: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(parent)) {
    const index = Number(key);
    if (!(Number.isInteger(index) && index >= 0 && index < parent.length))
      throw new ConfigError(
        `--set: expected an item from 0 to ${parent.length - 1}, got "${key}" in "${setting}"`,
      );
    return parent.with(index, withValue(parent[index], rest, value, setting));
  }
  if (parent !== undefined && (typeof parent !== 'object' || parent === null))
    throw new ConfigError(`--set: expected keys before "${key}" that have keys below them, got "${setting}"`);
  const object = (parent ?? {}) as Record<string, unknown>;
  return {
    ...object,
    [key]: withValue(Object.hasOwn(object, key) ? object[key] : undefined, rest, value, setting),
  };
}

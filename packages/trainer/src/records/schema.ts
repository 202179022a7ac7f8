/**
 * The feature records: everything the report may know about a study. One schema, written by the analysis and
 * read by the site. Numbers are raw (never formatted), counts are exact integers beside their totals, lists
 * are lists of objects. What a study did not measure is null or an empty list, which pages show as n/a.
 * Formulas of every metric: docs/method.md.
 */
export { RECORDS_VERSION } from './version.ts';
export * from './feature-schema.ts';
export * from './dictionary-schema.ts';
export * from './study-schema.ts';
export * from './findings-schema.ts';
export * from './exam-schema.ts';
export * from './explanations-schema.ts';
export * from './playground-schema.ts';

export { defineStudy } from './config/define-study.ts';
export { demo, paper, small } from './config/presets.ts';
export type { Study, StudyInput } from './config/schema.ts';

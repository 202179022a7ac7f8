import type { StudyInput } from './schema.ts';

/** Gives the editor the type of a study; what it is given is checked when a command reads the file. */
export function defineStudy(study: StudyInput): StudyInput {
  return study;
}

/**
 * Letter of the control: the first model of a study with the entries of each weight matrix shuffled. It is made where
 * a dictionary of it is listed, as R/1. What is found in its features as well is no sign of what training taught.
 */
export const CONTROL = 'R';

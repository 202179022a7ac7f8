/** What is wanted of an activation that is shown: the change of the loss of the token after. */
export const LOSS = 1;
/** That, and the changes of the logits of the token after. */
export const LOGITS = 2;

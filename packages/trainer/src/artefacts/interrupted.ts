/** The user asked to stop; what had been finished or checkpointed is on disk. */
export class Interrupted extends Error {
  override name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** The user asked to stop; what had been finished or checkpointed is on disk, unless the message says otherwise. */
export class Interrupted extends Error {
  override name = 'Interrupted';

  constructor(
    message = 'interrupted; run the same command again to go on, what is finished or checkpointed is kept',
  ) {
    super(message);
  }
}

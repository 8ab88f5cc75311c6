/** The machine lacks what a client needs and the set-up does not bring; the message names it in one sentence. */
export class MissingPrerequisite extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MissingPrerequisite';
  }
}

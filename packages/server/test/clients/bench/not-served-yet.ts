/**
 * Whether an operation of Harbor's API that this server does not have fails the cell that asked for it. False while the operations are
 * being built: such a cell is then left out, and no failure.
 */
export const MISSING_OPERATIONS_FAIL = false;

/** What the server says of a path that it has no operation for, and of nothing else. */
const NO_SUCH_OPERATION = /.*no such operation.*/;

/** A client asked for an operation that is not there yet. */
export class NotServedYet extends Error {
  constructor(said: string) {
    super(said);
    this.name = 'NotServedYet';
  }
}

/** The error of a cell: that of a missing operation, where what the client says is of one. */
export function asNotServedYet(error: unknown): unknown {
  const said = error instanceof Error ? error.message : String(error);
  const line = NO_SUCH_OPERATION.exec(said)?.[0];
  return !MISSING_OPERATIONS_FAIL && line !== undefined ? new NotServedYet(line) : error;
}

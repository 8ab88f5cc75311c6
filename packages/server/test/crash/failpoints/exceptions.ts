import type { Failpoint } from '../../../src/kernel/failpoints.ts';

type Reasons = Readonly<Partial<Record<Failpoint, string>>>;

/** Failpoints that no request of the load passes, each with the reason. One that is passed all the same must leave this list. */
export const NOT_REACHED_YET: Reasons = {
  'object.quarantine': 'copies are set aside only when their bytes were found to be others than their digest says',
};

/** Failpoints at which an error may end the server: it does not happen there, so nothing is made to go on after it. */
export const MAY_END_THE_SERVER: Reasons = {
  'writer.committed': 'between a commit and its answers there is no call that can fail',
};

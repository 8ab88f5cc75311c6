import type { Answer } from '../support/http-client.ts';
import type { AttackStage } from './attack-stage.ts';

/** Something that must not sign anybody in. */
export interface Attack {
  readonly name: string;
  /** Makes it, up to the answer that would open a session. */
  readonly make: (stage: AttackStage) => Promise<Answer>;
}

import type { RepositoryRef } from '../../content/repository-ref.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { RepositoryAction } from '../../projects/permissions.ts';
import type { Project } from '../../projects/project.ts';
import type { DistributionInstance, DistributionSettings } from './distribution-instance.ts';

/** A request for one operation of the API, routed and authorized. */
export interface OperationCall {
  readonly exchange: Exchange;
  readonly instance: DistributionInstance;
  readonly settings: DistributionSettings;
  readonly project: Project;
  readonly repository: RepositoryRef;
  /** Whether who asks may push there: such a one relies on the answer that something is here. Reads nothing more. */
  readonly mayPush: () => Promise<boolean>;
  /** What stands behind the route word: a tag or digest, an upload's id; empty where there is none. */
  readonly argument: string;
}

/** One end point of the specification: the right that it needs, and how it is answered. */
export interface Operation {
  /** The operation's name in metrics and logs. */
  readonly name: string;
  readonly action: RepositoryAction;
  /** Whether the bytes of blobs come in by it, or go out. */
  readonly blobBytes?: 'in' | 'out';
  answer(call: OperationCall): Promise<void>;
}

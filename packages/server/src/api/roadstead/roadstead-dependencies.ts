import type { FastifyRequest } from 'fastify';
import type { Content } from '../../content/content.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { NetworkRules } from '../../network-rules/network-rules.ts';
import type { AuditEvents } from '../../operations/audit-events/audit-events.ts';
import type { AuditList } from '../../operations/audit-events/audit-list.ts';
import type { Operations } from '../../operations/operations.ts';
import type { Projects } from '../../projects/projects.ts';

/** What this API needs of an instance. */
export interface RoadsteadInstance {
  readonly content: Pick<Content, 'trash' | 'setUntaggedPolicy'>;
  readonly operations: Pick<
    Operations,
    'garbageCollection' | 'scrubbing' | 'executions' | 'findUntaggedPolicy' | 'auditForwarding' | 'auditLog' | 'mail'
  >;
  readonly auditEvents: Pick<AuditEvents, 'flush' | 'settings' | 'setSettings'>;
  readonly auditList: Pick<AuditList, 'page' | 'csv' | 'jsonLines' | 'findActor'>;
  readonly networkRules: Pick<NetworkRules, 'find' | 'set'>;
  readonly projects: Pick<Projects, 'findDetails' | 'permissions'>;
}

export interface RoadsteadRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => RoadsteadInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

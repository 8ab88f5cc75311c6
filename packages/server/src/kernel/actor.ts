import type { Principal } from './principal.ts';

/** A principal together with the request that it made: what the journal and the audit log say of a change's author. */
export interface Actor {
  readonly principal: Principal;
  readonly requestId: string;
  /** The client's address, after trusted proxies; empty for the system's own work. */
  readonly address: string;
  readonly userAgent: string;
}

/** The actor of work that no request asked for. */
export function systemActor(name: string): Actor {
  return { principal: { kind: 'system', name }, requestId: '', address: '', userAgent: '' };
}

/** Where a request comes from, whoever makes it. */
export type RequestOrigin = Omit<Actor, 'principal'>;

import assert from 'node:assert/strict';
import type { ProviderClient } from './provider-client.ts';

/** What a resource may stand on, made before it and destroyed after it. */
export interface Surroundings {
  readonly provider: ProviderClient;
  /** Part of the name of everything that is made. */
  readonly slug: string;
  /** `http://host:port` of the registry under test. */
  readonly origin: string;
  /** Of the administrator there. */
  readonly login: { readonly username: string; readonly password: string };
  /** Of a project, as the provider keeps it: `/projects/7`. */
  readonly project: string;
  readonly projectName: string;
}

/** A resource as the provider handles it; its state holds what the provider reads back, so a difference is a plan that is not empty. */
export interface ReplayedResource<State extends object> {
  /** What is configured, and then configured instead. */
  states(around: Surroundings): readonly [State, State];
  /** Returns the id. */
  create(around: Surroundings, state: State): Promise<string>;
  /** @param id all that an import has to go by; undefined when the resource is gone */
  read(around: Surroundings, id: string): Promise<State | undefined>;
  update(around: Surroundings, id: string, state: State): Promise<void>;
  destroy(around: Surroundings, id: string, state: State): Promise<void>;
  /** What the provider reads after it destroyed the resource, where it is still there: settings are only set back. */
  destroyed?(state: State | undefined): void;
}

/** Creates, plans again, imports, changes, plans again and destroys. */
export async function replay<State extends object>(
  { states, create, read, update, destroy, destroyed }: ReplayedResource<State>,
  around: Surroundings,
): Promise<void> {
  const [first, second] = states(around);
  const id = await create(around, first);
  try {
    assert.deepEqual(await read(around, id), first, 'the plan after the creation is not empty');
    await update(around, id, second);
    assert.deepEqual(await read(around, id), second, 'the plan after the change is not empty');
  } finally {
    await destroy(around, id, second);
  }
  const left = await read(around, id);
  if (destroyed === undefined) assert.equal(left, undefined, 'the resource is still there');
  else destroyed(left);
}

/** The number that an id ends in. */
export function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('/') + 1));
}

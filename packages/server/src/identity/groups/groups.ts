import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { createGroup } from './create-group.ts';
import { deleteGroup } from './delete-group.ts';
import { assertGroupName, type ExternalGroupKind, type Group, type GroupKind } from './group.ts';
import {
  countGroupRows,
  findGroupRow,
  type GroupFilter,
  type GroupMember,
  listGroupMembers,
  listGroupRows,
} from './group-store.ts';
import { renameGroup } from './rename-group.ts';
import { setExternalGroups } from './set-external-groups.ts';
import { setGroupMember } from './set-group-member.ts';

export interface GroupPage extends GroupFilter {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

/** Groups of users. Who may do it is asked by the caller. */
export interface Groups {
  /** By name. */
  list(query: GroupPage): Promise<{ readonly groups: readonly Group[]; readonly total: number }>;
  find(id: number): Promise<Group | undefined>;
  /** By name. @throws ProductError NOT_FOUND */
  listMembers(id: number): Promise<readonly GroupMember[]>;
  /**
   * @param group `externalName`: what the provider calls it; undefined for internal ones
   * @returns its id
   * @throws ProductError BAD_REQUEST (the name), CONFLICT (the name, or the provider's, is taken)
   */
  create(
    group: { readonly name: string; readonly kind: GroupKind; readonly externalName?: string | undefined },
    actor: Actor,
  ): Promise<number>;
  /** @throws ProductError NOT_FOUND, BAD_REQUEST, CONFLICT */
  rename(id: number, name: string, actor: Actor): Promise<void>;
  /** With its memberships in projects. @throws ProductError NOT_FOUND */
  delete(id: number, actor: Actor): Promise<void>;
  /** @throws ProductError NOT_FOUND, PRECONDITION (the group is the login provider's) */
  setMember(input: {
    readonly groupId: number;
    readonly userId: number;
    readonly isMember: boolean;
    readonly actor: Actor;
  }): Promise<void>;
  /** At a sign-in: the user is in these groups of the provider, and in no others of its kind. */
  setExternal(input: {
    readonly userId: number;
    readonly kind: ExternalGroupKind;
    /** What the provider calls them. */
    readonly names: readonly string[];
    readonly actor: Actor;
  }): Promise<void>;
  /** Something else has changed who is in which group. */
  changed(): void;
  /** Calls the listener in this process whenever what groups give has changed here. */
  onChange(listener: () => void): void;
}

const MAX_EXTERNAL_NAME_LENGTH = 1_024;
/** More are a provider's mistake: each of them would be a row for each user. */
const MAX_EXTERNAL_GROUPS = 1_000;

export function createGroups({ database, clock }: { database: InstanceDatabase; clock: Clock }): Groups {
  const { reader } = database;
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const assertFound = (found: boolean) => {
    if (!found) throw noSuchGroup();
  };
  return {
    changed,
    onChange: (listener) => void listeners.push(listener),
    find: (id) => findGroupRow(reader, id),
    async list({ page, pageSize, ...filter }) {
      const total = await countGroupRows(reader, filter);
      return { total, groups: await listGroupRows(reader, filter, { limit: pageSize, offset: (page - 1) * pageSize }) };
    },
    async listMembers(id) {
      assertFound((await findGroupRow(reader, id)) !== undefined);
      return listGroupMembers(reader, id);
    },
    async create({ name, kind, externalName }, actor) {
      assertGroupName(name);
      const id = await database.execute(createGroup, { name, kind, externalName, actor, now: clock.now() });
      if (id === undefined) throw new ProductError('CONFLICT', `there is a group named ${name} already`);
      return id;
    },
    async rename(id, name, actor) {
      assertGroupName(name);
      assertFound(await database.execute(renameGroup, { id, name, actor, now: clock.now() }));
      changed();
    },
    async delete(id, actor) {
      const deleted = await database.execute(deleteGroup, { id, actor, now: clock.now() });
      changed();
      assertFound(deleted);
    },
    async setMember(input) {
      await database.execute(setGroupMember, { ...input, now: clock.now() });
      changed();
    },
    async setExternal({ names, ...input }) {
      const distinct = [...new Set(names)].filter((name) => name !== '' && name.length <= MAX_EXTERNAL_NAME_LENGTH);
      const taken = distinct.filter((name) => !name.includes('\0')).slice(0, MAX_EXTERNAL_GROUPS);
      if (await database.execute(setExternalGroups, { ...input, names: taken, now: clock.now() })) changed();
    },
  };
}

function noSuchGroup(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such group');
}

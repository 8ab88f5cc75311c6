import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { createGroup } from './create-group.ts';
import { type ExternalGroupKind, MAX_GROUP_NAME_LENGTH } from './group.ts';

/** A group as its provider knows it. */
export interface ExternalGroup {
  readonly kind: ExternalGroupKind;
  readonly externalName: string;
  /** What a new one is called here, if that is free. Default: what the provider calls it. */
  readonly name?: string | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * The group with that name at the provider, which is made if it is missing. One that is here under the same name and is not
 * the provider's is another: whoever names groups there gains nothing from the name of one here.
 * @returns its id
 */
export async function ensureExternalGroup(
  context: InstanceTransaction,
  { kind, externalName, name: wanted = externalName, actor, now }: ExternalGroup,
): Promise<number> {
  const find = () =>
    context.tx
      .selectFrom('user_groups')
      .select('id')
      .where('kind', '=', kind)
      .where('external_name', '=', externalName)
      .executeTakeFirst();
  const found = await find();
  if (found !== undefined) return found.id;
  for (let copy = 0; ; copy += 1) {
    const name = copy === 0 ? wanted : `${wanted} (${kind}${copy === 1 ? '' : ` ${copy}`})`;
    // The end tells copies apart.
    const shortened = name.slice(-MAX_GROUP_NAME_LENGTH);
    const created = await createGroup(context, { name: shortened, kind, externalName, actor, now });
    if (created !== undefined) return created;
    // Another sign-in has made it meanwhile, or the name is taken.
    const other = await find();
    if (other !== undefined) return other.id;
  }
}

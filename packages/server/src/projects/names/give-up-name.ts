import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface GiveUpNameInput {
  readonly projectId: number;
  /** A former name of the project, or of one of its repositories. */
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/** From then on the name leads nowhere, and may be taken by others. @returns whether it was a former name */
export async function giveUpName(
  { tx }: InstanceTransaction,
  { projectId, name, actor, now }: GiveUpNameInput,
): Promise<boolean> {
  const given = await tx
    .deleteFrom('name_redirects')
    .where('name', '=', name)
    .where((row) =>
      row.or([
        row('project_id', '=', projectId),
        row('repository_id', 'in', (of) =>
          of.selectFrom('repositories').select('id').where('project_id', '=', projectId),
        ),
      ]),
    )
    .returning('name')
    .executeTakeFirst();
  if (given === undefined) return false;
  const kind = 'name.given-up';
  await journalAuditSink.record(tx, { at: now, actor, kind, resource: name, projectId, outcome: 'done' });
  return true;
}

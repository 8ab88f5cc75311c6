import type { Reference } from '@roadstead/oci';
import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { addArtifactLabel, removeArtifactLabel } from './artifact-label-commands.ts';
import { GLOBAL_SCOPE, type Label, type LabelSettings, readLabelSettings, toLabel } from './label.ts';
import { createLabel, deleteLabel, updateLabel } from './label-commands.ts';

const NEWEST_FIRST = [{ column: 'id', descending: true }];

/** Words that artifacts are marked with: of the registry as a whole, or of one project. */
export class Labels {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: InstanceDatabase; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @param projectId undefined: those of the registry */
  async page(
    projectId: number | undefined,
    query: ListQuery,
  ): Promise<{ readonly labels: readonly Label[]; readonly total: number }> {
    const from = this.#database.reader.selectFrom('labels').where('scope', '=', projectId ?? GLOBAL_SCOPE);
    const rows = await pageRows(filterRows(from.selectAll(), query.filters), query, NEWEST_FIRST).execute();
    const count = from.select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await filterRows(count, query.filters).executeTakeFirstOrThrow();
    return { labels: rows.map(toLabel), total: Number(total) };
  }

  async find(id: number): Promise<Label | undefined> {
    const row = await this.#database.reader.selectFrom('labels').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toLabel(row);
  }

  /** Of each of these artifacts, by name, in one query. */
  async ofArtifacts(artifacts: readonly { readonly id: number }[]): Promise<ReadonlyMap<number, readonly Label[]>> {
    if (artifacts.length === 0) return new Map();
    const rows = await this.#database.reader
      .selectFrom('artifact_labels as on')
      .innerJoin('labels as l', 'l.id', 'on.label_id')
      .selectAll('l')
      .select('on.manifest_id')
      .where(
        'on.manifest_id',
        'in',
        artifacts.map(({ id }) => id),
      )
      .orderBy('l.name')
      .orderBy('l.id')
      .execute();
    const labels = new Map<number, Label[]>();
    for (const row of rows) labels.set(row.manifest_id, [...(labels.get(row.manifest_id) ?? []), toLabel(row)]);
    return labels;
  }

  /** @returns the id @throws ProductError BAD_REQUEST, CONFLICT, PROJECT_NOT_FOUND */
  create(projectId: number | undefined, asked: Partial<LabelSettings>, actor: Actor): Promise<number> {
    const settings = readLabelSettings(asked);
    return this.#database.execute(createLabel, { projectId, settings, actor, now: this.#clock.now() });
  }

  /** What is not said stays. @throws ProductError BAD_REQUEST, CONFLICT, NOT_FOUND */
  update({ id, projectId, ...before }: Label, asked: Partial<LabelSettings>, actor: Actor): Promise<void> {
    const { name = before.name, description = before.description, color = before.color } = asked;
    const settings = readLabelSettings({ name, description, color });
    return this.#database.execute(updateLabel, { id, projectId, settings, actor, now: this.#clock.now() });
  }

  /** @throws ProductError NOT_FOUND */
  delete({ id, projectId }: Label, actor: Actor): Promise<void> {
    return this.#database.execute(deleteLabel, { id, projectId, actor, now: this.#clock.now() });
  }

  /** @throws as `addArtifactLabel` */
  add(repository: RepositoryRef, reference: Reference, labelId: number, actor: Actor): Promise<void> {
    const input = { repository, reference, labelId, actor, now: this.#clock.now() };
    return this.#database.execute(addArtifactLabel, input);
  }

  /** @throws as `removeArtifactLabel` */
  remove(repository: RepositoryRef, reference: Reference, labelId: number, actor: Actor): Promise<void> {
    const input = { repository, reference, labelId, actor, now: this.#clock.now() };
    return this.#database.execute(removeArtifactLabel, input);
  }
}

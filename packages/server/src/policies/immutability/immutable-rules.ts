import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import {
  type AskedImmutableRule,
  type ImmutableRule,
  type ImmutableRuleSettings,
  isImmutable,
  MAX_IMMUTABLE_RULES,
  type RuleSwitch,
  readImmutableRule,
  toImmutableRule,
} from './immutable-rule.ts';
import { createImmutableRule, deleteImmutableRule, updateImmutableRule } from './immutable-rule-commands.ts';

export interface ImmutableRulesDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
}

/** Which tags of a project stay where they are. Who may do what is judged by the callers. */
export class ImmutableRules {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: ImmutableRulesDeps) {
    this.#database = database;
    this.#clock = clock;
  }

  /** All of them, of which there are 15 at most; the newest first. */
  async list(projectId: number): Promise<readonly ImmutableRule[]> {
    const rows = await this.#database.reader
      .selectFrom('immutable_rules')
      .selectAll()
      .where('project_id', '=', projectId)
      .orderBy('id', 'desc')
      .execute();
    return rows.map(toImmutableRule);
  }

  /** Answers for tags of the project's repositories (full names) whether they are kept. For lists of tags: one query. */
  async reader(projectId: number): Promise<(repository: string, tag: string) => boolean> {
    const rules = (await this.list(projectId)).filter((rule) => !rule.isDisabled);
    return (repository, tag) => isImmutable(rules, repository, tag);
  }

  /** @returns the id @throws ProductError BAD_REQUEST, CONFLICT (there is such a rule), PROJECT_NOT_FOUND */
  async create(projectId: number, asked: AskedImmutableRule, actor: Actor): Promise<number> {
    const settings = readImmutableRule(asked);
    const input = { projectId, settings, actor, now: this.#clock.now() };
    const made = await this.#database.execute(createImmutableRule, input);
    if (typeof made === 'number') return made;
    if (made === 'taken') throw taken();
    if (made === 'no-project') throw new ProductError('PROJECT_NOT_FOUND', 'the project does not exist any more');
    throw new ProductError('BAD_REQUEST', `a project has at most ${MAX_IMMUTABLE_RULES} immutability rules`);
  }

  /** @throws ProductError BAD_REQUEST, CONFLICT, NOT_FOUND for rules of other projects too */
  async update(projectId: number, id: number, asked: AskedImmutableRule, actor: Actor): Promise<void> {
    const settings = readRuleChange(asked);
    const input = { id, projectId, settings, actor, now: this.#clock.now() };
    const outcome = await this.#database.execute(updateImmutableRule, input);
    if (outcome === 'taken') throw taken();
    if (outcome === 'missing') throw noSuchRule();
  }

  /** @throws ProductError NOT_FOUND, for rules of other projects too */
  async delete(projectId: number, id: number, actor: Actor): Promise<void> {
    const input = { id, projectId, actor, now: this.#clock.now() };
    if (!(await this.#database.execute(deleteImmutableRule, input))) throw noSuchRule();
  }
}

/** Clients that switch a rule on and off send nothing else. @throws ProductError BAD_REQUEST */
function readRuleChange(asked: AskedImmutableRule): ImmutableRuleSettings | RuleSwitch {
  const { tag_selectors, scope_selectors, disabled } = asked;
  const isSwitch = tag_selectors === undefined && scope_selectors === undefined && disabled !== undefined;
  return isSwitch ? { isDisabled: disabled } : readImmutableRule(asked);
}

function taken(): ProductError {
  return new ProductError('CONFLICT', 'the project has a rule that says the same already');
}

function noSuchRule(): ProductError {
  return new ProductError('NOT_FOUND', 'the project has no such immutability rule');
}

import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import { assertGoodRule } from './assert-good-rule.ts';
import { createWorkloadRule } from './create-workload-rule.ts';
import { deleteWorkloadRule } from './delete-workload-rule.ts';
import { updateWorkloadRule } from './update-workload-rule.ts';
import {
  type SelectedWorkloadRule,
  toWorkloadRule,
  WORKLOAD_RULE_COLUMNS,
  type WorkloadRule,
  type WorkloadRuleSettings,
} from './workload-rule.ts';

/** How long another process may still honour what was taken away here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED = 10_000;
const MAX_RULES_OF_PROJECT = 100;

export interface WorkloadRulesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Hosts of issuers that may be reached without TLS. */
  readonly plainHttpHosts: readonly string[];
}

interface WorkloadRuleChange {
  readonly projectId: number;
  readonly settings: WorkloadRuleSettings;
  readonly actor: Actor;
}

/** The rules of one instance by which tokens of other issuers open projects. Who may change them is the caller's to ask. */
export class WorkloadRules {
  readonly #deps: WorkloadRulesDependencies;
  readonly #byId: (values: readonly [number]) => Promise<readonly SelectedWorkloadRule[]>;
  readonly #byIssuer: (values: readonly [string]) => Promise<readonly SelectedWorkloadRule[]>;
  readonly #recent = onFirstUse(
    () => new LRUCache<number, { readonly rule: WorkloadRule; readonly readAt: number }>({ max: MAX_REMEMBERED }),
  );

  constructor(dependencies: WorkloadRulesDependencies) {
    this.#deps = dependencies;
    const select = `select ${WORKLOAD_RULE_COLUMNS.join(', ')} from workload_rules where`;
    this.#byId = dependencies.database.prepareRead('workload_rule_by_id', `${select} id = ?`);
    this.#byIssuer = dependencies.database.prepareRead(
      'workload_rules_by_issuer',
      `${select} issuer = ? and disabled_at is null order by id`,
    );
  }

  /** Those of a project, by name. */
  async list(projectId: number): Promise<readonly WorkloadRule[]> {
    const rows = this.#deps.database.reader.selectFrom('workload_rules').select(WORKLOAD_RULE_COLUMNS);
    return (await rows.where('project_id', '=', projectId).orderBy('name').execute()).map(toWorkloadRule);
  }

  async find(id: number): Promise<WorkloadRule | undefined> {
    const [row] = await this.#byId([id]);
    return row === undefined ? undefined : toWorkloadRule(row);
  }

  /** The rule as it was at most two seconds ago: for what is asked with every request. */
  async findRecent(id: number): Promise<WorkloadRule | undefined> {
    const readAt = this.#deps.clock.now();
    const known = this.#recent().get(id);
    if (known !== undefined && readAt >= known.readAt && readAt - known.readAt < MAX_STALE_MS) return known.rule;
    const rule = await this.find(id);
    if (rule === undefined) this.#recent().delete(id);
    else this.#recent().set(id, { rule, readAt });
    return rule;
  }

  /** Those of all projects that trust the issuer, by this very text, and are not disabled. */
  async findEnabled(issuer: string): Promise<readonly WorkloadRule[]> {
    return (await this.#byIssuer([issuer])).map(toWorkloadRule);
  }

  /** @throws ProductError BAD_REQUEST (a value, or a rule that is too broad), CONFLICT (the name is taken) */
  async create(change: WorkloadRuleChange): Promise<WorkloadRule> {
    const { database, clock, plainHttpHosts } = this.#deps;
    assertGoodRule(change.settings, plainHttpHosts);
    const input = { ...change, maxRules: MAX_RULES_OF_PROJECT, now: clock.now() };
    const created = await database.execute(createWorkloadRule, input);
    if (created === 'name-taken') throw nameTaken(change.settings);
    if (created === 'too-many') {
      throw new ProductError('CONFLICT', `a project has at most ${MAX_RULES_OF_PROJECT} workload rules`);
    }
    return created;
  }

  /** @throws ProductError as `create`, and NOT_FOUND */
  async update(change: WorkloadRuleChange & { readonly id: number }): Promise<WorkloadRule> {
    const { database, clock, plainHttpHosts } = this.#deps;
    assertGoodRule(change.settings, plainHttpHosts);
    const updated = await database.execute(updateWorkloadRule, { ...change, now: clock.now() });
    this.#recent().delete(change.id);
    if (updated === 'missing') throw noSuchWorkloadRule();
    if (updated === 'name-taken') throw nameTaken(change.settings);
    return updated;
  }

  /** @throws ProductError NOT_FOUND */
  async delete(input: { readonly projectId: number; readonly id: number; readonly actor: Actor }): Promise<void> {
    const { database, clock } = this.#deps;
    const existed = await database.execute(deleteWorkloadRule, { ...input, now: clock.now() });
    this.#recent().delete(input.id);
    if (!existed) throw noSuchWorkloadRule();
  }
}

export function noSuchWorkloadRule(): ProductError {
  return new ProductError('NOT_FOUND', 'the project has no such workload rule');
}

function nameTaken({ name }: WorkloadRuleSettings): ProductError {
  return new ProductError('CONFLICT', `the project has a workload rule named ${name} already`);
}

import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { ImmutableRuleRow } from '../../db/instance/policy-rows.ts';
import { ProductError } from '../../kernel/errors.ts';
import {
  type AskedSelectors,
  type RuleSelectors,
  readRuleSelectors,
  selectsRepository,
  selectsTag,
} from '../selectors/selector.ts';

/** Harbor's words for the one thing that such a rule does. */
export const IMMUTABLE_ACTION = 'immutable';
export const IMMUTABLE_TEMPLATE = 'immutable_template';

/** As many as a project may have, as in Harbor. */
export const MAX_IMMUTABLE_RULES = 15;

/** What says that tags stay where they are, once they are there. */
export interface ImmutableRule extends RuleSelectors {
  readonly id: number;
  readonly projectId: number;
  readonly priority: number;
  readonly isDisabled: boolean;
}

export type ImmutableRuleSettings = Omit<ImmutableRule, 'id' | 'projectId'>;

/** What holds for the rule as a whole. */
export type RuleSwitch = Pick<ImmutableRuleSettings, 'isDisabled'>;

export interface AskedImmutableRule extends AskedSelectors {
  readonly priority?: number | undefined;
  readonly disabled?: boolean | undefined;
  readonly action?: string | undefined;
  readonly template?: string | undefined;
}

const MAX_PRIORITY = 2_147_483_647;

/** @throws ProductError BAD_REQUEST with what is wrong */
export function readImmutableRule(asked: AskedImmutableRule): ImmutableRuleSettings {
  const { priority = 0, disabled: isDisabled = false, action, template } = asked;
  if (action !== undefined && action !== '' && action !== IMMUTABLE_ACTION) {
    throw new ProductError('BAD_REQUEST', `the action of the rule is ${IMMUTABLE_ACTION}`);
  }
  if (template !== undefined && template !== '' && template !== IMMUTABLE_TEMPLATE) {
    throw new ProductError('BAD_REQUEST', `the template of the rule is ${IMMUTABLE_TEMPLATE}`);
  }
  if (priority < 0 || priority > MAX_PRIORITY) {
    throw new ProductError('BAD_REQUEST', `priority is a whole number from 0 to ${MAX_PRIORITY}`);
  }
  return { ...readRuleSelectors(asked), priority, isDisabled };
}

/** Equal for rules that say the same of the same tags: a project has each of them once. */
export function fingerprintOf({ tag_selectors, scope_selectors }: RuleSelectors): string {
  return createHash('sha256')
    .update(JSON.stringify([tag_selectors, scope_selectors]))
    .digest('hex');
}

/**
 * Tags by which clients find what belongs to an image when the registry has no API of referrers: each signature and attestation more
 * moves one of these. What they lead to is of the image that they name, which the rule keeps.
 */
const ATTACHMENT_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.(?:sig|att|sbom))?$/;

export function isAttachmentTag(tag: string): boolean {
  return ATTACHMENT_TAG.test(tag);
}

/** @param repository its full name */
export function isImmutable(rules: readonly RuleSelectors[], repository: string, tag: string): boolean {
  const inProject = repository.slice(repository.indexOf('/') + 1);
  return rules.some((rule) => selectsRepository(rule, inProject) && selectsTag(rule, tag));
}

export function toImmutableRule(row: Selectable<ImmutableRuleRow>): ImmutableRule {
  return {
    id: row.id,
    projectId: row.project_id,
    priority: row.priority,
    isDisabled: row.is_disabled === 1,
    ...(JSON.parse(row.selectors) as RuleSelectors),
  };
}

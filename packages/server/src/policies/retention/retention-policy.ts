import { nextCronInstant } from '../../jobs/cron.ts';
import { ProductError } from '../../kernel/errors.ts';
import { type AskedSelectors, type RuleSelectors, readRuleSelectors } from '../selectors/selector.ts';
import { RETENTION_TEMPLATES } from './retention-templates.ts';

/** Harbor's words for what never varies. */
export const RETENTION_ALGORITHM = 'or';
export const RETENTION_ACTION = 'retain';
export const RETENTION_LEVEL = 'project';
export const RETENTION_TRIGGER = 'Schedule';

/** As many rules as a policy may have, as in Harbor. */
export const MAX_RETENTION_RULES = 15;

/** What says which artifacts are kept. Their numbers are their places: 1, 2 … */
export interface RetentionRule extends RuleSelectors {
  readonly priority: number;
  readonly isDisabled: boolean;
  readonly template: string;
  /** How many, or of how many days; undefined where the template has no number. */
  readonly count: number | undefined;
}

/** What is kept of a policy as one document. */
export interface RetentionSettings {
  readonly rules: readonly RetentionRule[];
  /** Six fields, UTC; empty: only when somebody asks. */
  readonly cron: string;
}

export interface RetentionPolicy extends RetentionSettings {
  readonly id: number;
  readonly projectId: number;
}

export interface AskedRetentionRule extends AskedSelectors {
  readonly priority?: number | undefined;
  readonly disabled?: boolean | undefined;
  readonly action?: string | undefined;
  readonly template?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** What a client may say of a policy; the rest is refused. */
export interface AskedRetention {
  readonly algorithm?: string | undefined;
  readonly rules?: readonly AskedRetentionRule[] | undefined;
  readonly trigger?:
    | { readonly kind?: string | undefined; readonly settings?: Readonly<Record<string, unknown>> | undefined }
    | undefined;
  readonly scope?: { readonly level?: string | undefined; readonly ref?: number | undefined } | undefined;
}

const MAX_PRIORITY = 2_147_483_647;
const MAX_COUNT = 1_000_000_000;

/** @throws ProductError BAD_REQUEST with what is wrong, CONFLICT (two rules say the same) */
export function readRetention(
  { algorithm, rules = [], trigger, scope }: AskedRetention,
  now: number,
): RetentionSettings {
  if (algorithm !== undefined && algorithm !== '' && algorithm !== RETENTION_ALGORITHM) {
    throw refuse(`the algorithm is "${RETENTION_ALGORITHM}": what any rule keeps is kept`);
  }
  if (scope?.level !== RETENTION_LEVEL) throw refuse(`scope: the level is "${RETENTION_LEVEL}"`);
  if (rules.length > MAX_RETENTION_RULES) throw refuse(`rules: at most ${MAX_RETENTION_RULES}`);
  const read = rules.map(readRule);
  const said = new Set(read.map(({ priority: _, isDisabled: __, ...rule }) => JSON.stringify(rule)));
  if (said.size < read.length) throw new ProductError('CONFLICT', 'rules: two of them say the same');
  return { rules: read, cron: readCron(trigger, now) };
}

function readRule(asked: AskedRetentionRule): RetentionRule {
  const { priority = 0, disabled: isDisabled = false, action, template = '' } = asked;
  if (action !== undefined && action !== '' && action !== RETENTION_ACTION) {
    throw refuse(`the action of a rule is "${RETENTION_ACTION}"`);
  }
  if (priority < 0 || priority > MAX_PRIORITY) throw refuse(`priority is a whole number from 0 to ${MAX_PRIORITY}`);
  return {
    ...readRuleSelectors(asked),
    priority,
    isDisabled,
    template,
    count: readCount(template, asked.params ?? {}),
  };
}

function readCount(template: string, params: Readonly<Record<string, unknown>>): number | undefined {
  const known = RETENTION_TEMPLATES.find(({ name }) => name === template);
  if (known === undefined) {
    throw refuse(`the template of a rule is one of ${RETENTION_TEMPLATES.map(({ name }) => name).join(', ')}`);
  }
  const other = Object.keys(params).find((key) => key !== template);
  if (other !== undefined) throw refuse(`params: a rule of the template ${template} has none of another name`);
  if (known.unit === undefined) return undefined;
  const count = params[template];
  if (!Number.isInteger(count) || Number(count) < 0 || Number(count) > MAX_COUNT) {
    throw refuse(`params: {"${template}": n} with a whole number from 0 to ${MAX_COUNT} is missing`);
  }
  return Number(count);
}

/** @throws ProductError BAD_REQUEST */
function readCron(trigger: AskedRetention['trigger'], now: number): string {
  const kind = trigger?.kind ?? '';
  if (kind !== '' && kind !== RETENTION_TRIGGER) throw refuse(`the kind of the trigger is "${RETENTION_TRIGGER}"`);
  const cron = trigger?.settings?.['cron'] ?? '';
  if (typeof cron !== 'string') throw refuse('trigger.settings.cron is a text of six fields, or empty');
  if (cron !== '') nextCronInstant({ cron, timeZone: 'UTC' }, now);
  return cron;
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}

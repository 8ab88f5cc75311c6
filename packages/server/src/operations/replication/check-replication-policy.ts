import { nextCronInstant } from '../../jobs/cron.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { ReplicationFilter, ReplicationSettings, WantedReplicationPolicy } from './replication-policy.ts';

const MAX_NAME_LENGTH = 256;
const MAX_TEXT_LENGTH = 1_024;
const MAX_FILTERS = 20;
const MAX_LABELS = 100;
const MAX_REPLACE_COUNT = 127;
/** Parts of a repository's name: letters and figures, with single separators between them. */
const NAMESPACE = /^[a-z0-9]+(?:[._-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const RESOURCES: readonly string[] = ['', 'image', 'artifact'];

/** Harbor's rules for a policy. @throws ProductError BAD_REQUEST */
export function checkReplicationPolicy(policy: WantedReplicationPolicy, now: number): void {
  const { name, description, srcRegistryId, destRegistryId, settings } = policy;
  if (name === '') throw refuse('name cannot be empty');
  if (name.length > MAX_NAME_LENGTH) throw refuse(`name has at most ${MAX_NAME_LENGTH} characters`);
  if (description.length > MAX_TEXT_LENGTH) throw refuse(`description has at most ${MAX_TEXT_LENGTH} characters`);
  if ((srcRegistryId === undefined) === (destRegistryId === undefined)) {
    throw refuse('either src_registry or dest_registry is a registry elsewhere, and the other one is this registry');
  }
  checkTrigger(policy, now);
  checkDestination(settings);
  if (settings.filters.length > MAX_FILTERS) throw refuse(`filters: at most ${MAX_FILTERS}`);
  for (const filter of settings.filters) checkFilter(filter);
}

function checkTrigger({ srcRegistryId, settings }: WantedReplicationPolicy, now: number): void {
  const { kind, cron } = settings.trigger;
  if (!['manual', 'scheduled', 'event_based'].includes(kind)) {
    throw refuse('the trigger type is manual, scheduled or event_based');
  }
  if (kind === 'event_based' && srcRegistryId !== undefined) {
    throw refuse('event_based is for what is copied from this registry: changes elsewhere are not told here');
  }
  if (kind !== 'scheduled') return;
  if (cron === undefined || cron === '') throw refuse('a scheduled trigger needs trigger_settings.cron');
  nextCronInstant({ cron, timeZone: 'UTC' }, now);
  const [second, minute = ''] = cron.trim().split(/\s+/);
  if (second !== '0') throw refuse('the first field of the cron text, the second, has to be 0');
  if (minute.startsWith('*')) throw refuse('the second field of the cron text, the minute, cannot be *');
}

function checkDestination({ destNamespace, replaceCount, speed }: ReplicationSettings): void {
  if (destNamespace !== '' && (destNamespace.length > MAX_NAME_LENGTH || !NAMESPACE.test(destNamespace))) {
    throw refuse('dest_namespace is not a part of a repository name, such as library or team/mirror');
  }
  if (replaceCount < -1 || replaceCount > MAX_REPLACE_COUNT) {
    throw refuse(`dest_namespace_replace_count is from -1 to ${MAX_REPLACE_COUNT}`);
  }
  if (speed < -1) throw refuse('speed is in KB/s; -1 or 0: no limit');
}

function checkFilter({ type, value, decoration }: ReplicationFilter): void {
  if (!['name', 'tag', 'label', 'resource'].includes(type))
    throw refuse('a filter has the type name, tag, label or resource');
  if (decoration !== undefined && !['matches', 'excludes'].includes(decoration)) {
    throw refuse('the decoration of a filter is matches or excludes');
  }
  if (decoration !== undefined && (type === 'name' || type === 'resource')) {
    throw refuse(`a filter of the type ${type} has no decoration`);
  }
  if (type === 'label') {
    checkLabels(value);
    return;
  }
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) {
    throw refuse(`the value of a filter of the type ${type} is a text of at most ${MAX_TEXT_LENGTH} characters`);
  }
  if (type === 'resource' && !RESOURCES.includes(value))
    throw refuse('a resource is image or artifact, or empty for all');
}

function checkLabels(value: ReplicationFilter['value']): void {
  const isList = Array.isArray(value) && value.length <= MAX_LABELS;
  if (!isList || !value.every((each) => typeof each === 'string' && each.length <= MAX_TEXT_LENGTH)) {
    throw refuse(`the value of a filter of the type label is a list of at most ${MAX_LABELS} names`);
  }
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}

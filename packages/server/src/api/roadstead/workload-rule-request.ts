import { readFlag, readList, readObject, readText } from '../../http/request-fields.ts';
import type { ClaimConditions } from '../../identity/workload/claim-conditions.ts';
import type { WorkloadRuleRequest } from '../../projects/workload-rules/rule-accounts.ts';

const MAX_LENGTH = 1_000;

/**
 * Reads a rule. Fields that an answer has and nobody decides (id, times …) have no effect.
 * @param defaultAudience of tokens that are made for nobody but this server
 * @throws ProductError VALIDATION
 */
export function readWorkloadRule(
  value: unknown,
  defaultAudience: string,
): Omit<WorkloadRuleRequest, 'project' | 'actor'> {
  const body = readObject('the body', value);
  const permissions = readList('permissions', body['permissions']) ?? [];
  return {
    name: readText('name', body['name'], MAX_LENGTH) ?? '',
    issuer: readText('issuer', body['issuer'], MAX_LENGTH) ?? '',
    audience: readText('audience', body['audience'], MAX_LENGTH) ?? defaultAudience,
    conditions: readConditions(body['conditions']),
    isDisabled: readFlag('disabled', body['disabled']) ?? false,
    permissions: permissions.map((item) => {
      const { resource, action } = readObject('permissions[]', item);
      return {
        resource: readText('resource', resource, MAX_LENGTH) ?? '',
        action: readText('action', action, MAX_LENGTH) ?? '',
      };
    }),
  };
}

function readConditions(value: unknown): ClaimConditions {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(readObject('conditions', value)).map(([claim, globs]) => {
    readText('the name of a claim', claim, MAX_LENGTH);
    const texts = (readList('the patterns of a claim', globs) ?? []).map((glob) => {
      return readText('a pattern', glob, MAX_LENGTH) ?? '';
    });
    return [claim, texts] as const;
  });
  return Object.fromEntries(entries);
}

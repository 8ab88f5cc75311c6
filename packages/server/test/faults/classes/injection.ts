import type { FaultClass, Target } from '../fault-class.ts';
import { createAuditCases } from '../injections/audit-cases.ts';
import { createHeaderCases } from '../injections/header-cases.ts';
import { createNameCases } from '../injections/name-cases.ts';
import { createQueryTextCases } from '../injections/query-cases.ts';
import { allowJournal } from '../management/allow-journal.ts';
import { TRUSTED_PROXY } from '../trusted-proxy.ts';

/** Texts that are more than text to some reader, wherever a request has some. */
export function createInjection(target: Target): FaultClass {
  const cases = [
    ...createHeaderCases(target),
    ...createQueryTextCases(),
    ...createNameCases(),
    ...createAuditCases(target),
  ];
  return {
    name: 'injection',
    unit: 'injections',
    corpusSize: cases.length,
    minCorpusSize: 1_000,
    concurrency: 4,
    cases,
    from: TRUSTED_PROXY,
    explainChanges: allowJournal([
      ...['project.created', 'project.deleted', 'robot.created', 'robot.deleted', 'role.created', 'role.deleted'],
      ...['group.created', 'group.deleted', 'access-token.created', 'access-token.revoked'],
      ...['user.created', 'user.updated', 'user.deleted'],
    ]),
  };
}

import { describe, expect, it } from 'vitest';
import { HARBOR_OPERATIONS } from '../../../src/api/harbor/openapi/harbor-operations.ts';
import { createOpenApi } from '../../../src/api/harbor/openapi/open-api.ts';
import { DIFFERENCES } from './differences.ts';
import { listOpenApiFacts } from './open-api-facts.ts';
import { listReferenceFacts, readReference } from './reference-facts.ts';

const theirs = listReferenceFacts(await readReference());
const ours = listOpenApiFacts(createOpenApi(HARBOR_OPERATIONS, 'test'));

/** `- fact` is Harbor's and not ours, `+ fact` is ours and not Harbor's. */
function listDifferences(): readonly string[] {
  return [...theirs].flatMap(([id, facts]) => {
    const mine = ours.get(id) ?? [];
    return [
      ...facts.filter((fact) => !mine.includes(fact)).map((fact) => `${id} - ${fact}`),
      ...mine.filter((fact) => !facts.includes(fact)).map((fact) => `${id} + ${fact}`),
    ];
  });
}

describe("the contract of Harbor's API", () => {
  it('has all operations, each once', () => {
    expect(theirs.size).toBe(203);
    expect(HARBOR_OPERATIONS.map(({ id }) => id).toSorted()).toEqual([...theirs.keys()].toSorted());
  });

  it('takes and answers what Harbor does, but for what has a reason', () => {
    const differences = listDifferences();
    const unexplained = differences.filter((line) => !DIFFERENCES.some(({ lines }) => lines.test(line)));
    const facts = [...theirs.values()].reduce((sum, each) => sum + each.length, 0);
    for (const { lines, reason } of DIFFERENCES) {
      const count = differences.filter((line) => lines.test(line)).length;
      console.info(`${count} of ${facts} facts: ${reason}`);
      expect(count, `a difference that is no longer there: ${lines}`).toBeGreaterThan(0);
    }
    expect(unexplained).toEqual([]);
  });
});

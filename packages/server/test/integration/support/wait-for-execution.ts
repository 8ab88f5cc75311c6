import { expect } from 'vitest';
import { type Answer, readJson } from './http-client.ts';
import type { RegistryClient } from './registry-client.ts';

export const MANAGEMENT_API = '/api/roadstead/v1';

export interface ShownExecution {
  readonly id: number;
  readonly status: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly jobs: readonly { readonly id: number; readonly attempts: number; readonly result: never }[];
}

/** Waits for what an answer has begun. */
export async function waitForExecution(client: RegistryClient, answer: Answer): Promise<ShownExecution> {
  expect(answer.status, answer.text).toBe(202);
  const { location = '' } = answer.headers;
  let shown: ShownExecution | undefined;
  await expect
    .poll(
      async () => {
        shown = readJson<ShownExecution>(await client.get(location));
        return shown.endedAt;
      },
      { timeout: 15_000 },
    )
    .not.toBeNull();
  if (shown === undefined) throw new Error('nothing was shown');
  return shown;
}

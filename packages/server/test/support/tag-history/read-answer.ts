import { ABSENT, type Step, type TagValue } from '../register/register-operation.ts';
import type { HttpAnswer } from './http-connection.ts';
import { digestOf } from './manifest.ts';
import type { TagRequest } from './tag-request.ts';

/** What an answer says about the tag, or how it is no answer that a registry may give. */
export type Reading = { readonly step: Step } | { readonly fault: string };

/**
 * Reads a definite answer. Statuses of 500 and more say nothing about the tag and are not for this function.
 */
export function readAnswer(request: TagRequest, answer: HttpAnswer): Reading {
  switch (request.kind) {
    case 'get':
    case 'head':
    case 'get-unless':
      return readRead(request, answer);
    case 'put':
      return answer.status === 201 ? readPush(answer, { kind: 'write', value: request.manifest.digest }) : fail(answer);
    case 'replace':
      return readConditional(answer, request.expected, request.manifest.digest);
    case 'create':
      return readConditional(answer, ABSENT, request.manifest.digest);
    case 'delete':
      if (answer.status === 202) return { step: { kind: 'remove' } };
      return answer.status === 404 ? { step: { kind: 'see', value: ABSENT } } : fail(answer);
  }
}

function readRead(request: TagRequest, answer: HttpAnswer): Reading {
  const { status } = answer;
  if (status === 404) return { step: { kind: 'see', value: ABSENT } };
  const digest = answer.header('docker-content-digest');
  if (digest === undefined || (status !== 200 && status !== 304)) return fail(answer);
  const condition = request.kind === 'get-unless' ? request.digest : undefined;
  if ((status === 304) !== (digest === condition))
    return { fault: `${status} for ${digest}, where the client has ${condition ?? 'nothing'}` };
  if (status === 200 && request.kind !== 'head' && digestOf(answer.body) !== digest)
    return { fault: `the content has the digest ${digestOf(answer.body)}, and the answer says ${digest}` };
  return { step: { kind: 'see', value: digest } };
}

function readPush(answer: HttpAnswer, step: Step & { readonly value: TagValue }): Reading {
  const digest = answer.header('docker-content-digest');
  return digest === step.value
    ? { step }
    : { fault: `201 for ${digest ?? 'no digest'}, where ${step.value} was pushed` };
}

function readConditional(answer: HttpAnswer, expected: TagValue, value: TagValue): Reading {
  if (answer.status === 201) return readPush(answer, { kind: 'swap', expected, value });
  if (answer.status !== 412) return fail(answer);
  const current = readCurrent(answer.body);
  if (current === undefined) return { step: { kind: 'miss', value: expected } };
  if (current === expected) return { fault: `refused since the tag is at ${current}, which is what was asked for` };
  return { step: { kind: 'see', value: current } };
}

/** Our refusals say in their detail where the tag is; another registry's need not. */
function readCurrent(body: Buffer): TagValue | undefined {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: readonly { detail?: { current?: string | null } }[] };
    const current = errors?.[0]?.detail?.current;
    return current === null ? ABSENT : current;
  } catch {
    return undefined;
  }
}

function fail({ status, body }: HttpAnswer): Reading {
  return { fault: `${status} ${body.toString().slice(0, 300)}` };
}

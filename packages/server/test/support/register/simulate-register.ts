import { ABSENT, type RegisterOperation, type Step, type TagValue } from './register-operation.ts';

/** One thing that happens in a simulation: what `choice` means depends on where the client is. */
export interface Happening {
  readonly client: number;
  readonly choice: number;
}

type Request =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: TagValue }
  | { readonly kind: 'swap'; readonly expected: TagValue; readonly value: TagValue }
  | { readonly kind: 'remove' };

interface Flight {
  readonly request: Request;
  readonly calledAtNs: number;
  /** Undefined until it has taken effect. */
  readonly step?: Step;
}

/** How refusals are told: with what was found, or without. */
export type Refusals = 'telling' | 'silent';

/**
 * The history of clients of one register that is atomic: each operation takes effect at one random moment between its call
 * and its return. Every 16th that would return is lost instead, before or after its effect.
 */
export function simulateRegister(
  happenings: readonly Happening[],
  refusals: Refusals = 'telling',
): readonly RegisterOperation[] {
  const operations: RegisterOperation[] = [];
  const flights = new Map<number, Flight>();
  const known = new Map<number, TagValue>();
  let value = ABSENT;
  happenings.forEach(({ client, choice }, nowNs) => {
    const flight = flights.get(client);
    if (flight === undefined) {
      const request = chooseRequest(choice, known.get(client) ?? ABSENT, `v${nowNs}`);
      flights.set(client, { request, calledAtNs: nowNs });
    } else if (choice % 16 === 15) {
      flights.delete(client);
      operations.push(...lose(client, flight));
    } else if (flight.step === undefined) {
      const taken = takeEffect(flight.request, value, refusals);
      value = taken.value;
      flights.set(client, { ...flight, step: taken.step });
    } else {
      flights.delete(client);
      known.set(client, valueAfter(flight.step));
      operations.push(toOperation(client, flight.step, flight.calledAtNs, nowNs));
    }
  });
  for (const [client, flight] of flights) operations.push(...lose(client, flight));
  return operations;
}

function chooseRequest(choice: number, known: TagValue, fresh: TagValue): Request {
  const kind = choice % 8;
  if (kind < 3) return { kind: 'read' };
  if (kind === 3) return { kind: 'remove' };
  if (kind < 6) return { kind: 'write', value: fresh };
  return { kind: 'swap', expected: kind === 6 ? known : ABSENT, value: fresh };
}

function takeEffect(
  request: Request,
  value: TagValue,
  refusals: Refusals,
): { readonly step: Step; readonly value: TagValue } {
  switch (request.kind) {
    case 'read':
      return { step: { kind: 'see', value }, value };
    case 'write':
      return { step: request, value: request.value };
    case 'remove':
      return { step: value === ABSENT ? { kind: 'see', value } : request, value: ABSENT };
    case 'swap': {
      if (request.expected === value) return { step: request, value: request.value };
      const refusal: Step = refusals === 'telling' ? { kind: 'see', value } : { kind: 'miss', value: request.expected };
      return { step: refusal, value };
    }
  }
}

function valueAfter(step: Step): TagValue {
  return step.kind === 'remove' || step.kind === 'miss' ? ABSENT : step.value;
}

/** The client learns nothing: of a read that is as if it had not been. */
function lose(client: number, { request, calledAtNs }: Flight): readonly RegisterOperation[] {
  if (request.kind === 'read') return [];
  return [{ ...toOperation(client, request, calledAtNs, Number.POSITIVE_INFINITY), isUnknown: true }];
}

function toOperation(client: number, step: Step, calledAtNs: number, returnedAtNs: number): RegisterOperation {
  return { client, step, isUnknown: false, calledAtNs, returnedAtNs, text: step.kind };
}

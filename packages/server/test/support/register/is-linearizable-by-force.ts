import { ABSENT, isObservation, type RegisterOperation, type Step, type TagValue } from './register-operation.ts';

/** Tries every order of a few operations, by nothing but the definition: what the checker is judged by in its tests. */
export function isLinearizableByForce(operations: readonly RegisterOperation[], value: TagValue = ABSENT): boolean {
  const certain = operations.filter((operation) => !operation.isUnknown);
  if (certain.length === 0) return true;
  const firstReturnNs = Math.min(...certain.map((operation) => operation.returnedAtNs));
  return operations.some((operation) => {
    if (operation.calledAtNs > firstReturnNs) return false;
    const after = apply(operation, value);
    return (
      after !== undefined &&
      isLinearizableByForce(
        operations.filter((other) => other !== operation),
        after,
      )
    );
  });
}

function apply({ step, isUnknown }: RegisterOperation, value: TagValue): TagValue | undefined {
  if (isUnknown && isObservation(step)) return value;
  return applyStep(step, value);
}

/** @returns the value after the step, or undefined when the step cannot be taken */
export function applyStep(step: Step, value: TagValue): TagValue | undefined {
  switch (step.kind) {
    case 'see':
      return step.value === value ? value : undefined;
    case 'miss':
      return step.value === value ? undefined : value;
    case 'write':
      return step.value;
    case 'swap':
      return step.expected === value ? step.value : undefined;
    case 'remove':
      return value === ABSENT ? undefined : ABSENT;
  }
}

import { OciError, type OciErrorCode } from '@roadstead/oci';
import { ConstraintError, DatabaseFullError, DatabaseUnavailableError } from '../drivers/database/database.ts';
import { ConfigurationError, type ErrorCode, ProductError } from '../kernel/errors.ts';

/** An error as plain data. What callers tell apart by its class is the same class on the other side. */
export interface PortableError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: string;
  readonly status?: number;
  readonly detail?: unknown;
  readonly retryAfterSeconds?: number | undefined;
  readonly kind?: 'unique' | 'foreign-key';
  readonly cause?: PortableError;
}

export function toPortableError(error: unknown): PortableError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const common = {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: toPortableError(error.cause) }),
  };
  if (error instanceof OciError) return { ...common, code: error.code, status: error.status, detail: error.detail };
  if (error instanceof ConstraintError) return { ...common, kind: error.kind };
  if (error instanceof ProductError) {
    return { ...common, code: error.code, retryAfterSeconds: error.retryAfterSeconds };
  }
  return 'code' in error ? { ...common, code: String(error.code) } : common;
}

export function fromPortableError(portable: PortableError): Error {
  const cause = portable.cause === undefined ? undefined : fromPortableError(portable.cause);
  const error = revive(portable, cause);
  if (portable.stack !== undefined) error.stack = portable.stack;
  return error;
}

function revive(portable: PortableError, cause: Error | undefined): Error {
  const { name, message, code, status, detail, retryAfterSeconds } = portable;
  switch (name) {
    case 'OciError':
      return new OciError(code as OciErrorCode, message, {
        cause,
        detail,
        ...(status === undefined ? {} : { status }),
      });
    case 'ConstraintError':
      return new ConstraintError(portable.kind ?? 'unique', cause);
    case 'DatabaseUnavailableError':
      return new DatabaseUnavailableError(cause);
    case 'DatabaseFullError':
      return new DatabaseFullError(message, { cause });
    case 'ConfigurationError':
      return new ConfigurationError(message, { cause });
    case 'ProductError':
      return new ProductError(code as ErrorCode, message, {
        cause,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
    default: {
      const error = new Error(message, { cause });
      error.name = name;
      return code === undefined ? error : Object.assign(error, { code });
    }
  }
}

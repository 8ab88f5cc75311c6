import Type from 'typebox';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What an operation answers when all went well. */
export interface Success {
  readonly status: 200 | 201 | 202;
  /** undefined: an empty body. */
  readonly body?: Type.TSchema;
  /** Of the body. Default: JSON. */
  readonly mediaType?: string;
  /** Beside `X-Request-Id`, which every answer has. */
  readonly headers: readonly ('Location' | 'X-Total-Count' | 'Link' | 'Content-Type' | 'Content-Disposition')[];
}

/**
 * One operation of Harbor's API v2.0: what it is called with and what it answers. Routes, their validation and types, the OpenAPI
 * document and the tests are all made from this.
 */
export interface Operation {
  /** Harbor's operationId. */
  readonly id: string;
  /** The group in which Harbor lists it. */
  readonly tag: string;
  readonly method: Method;
  /** Below `/api/v2.0`: `/projects/{project_name_or_id}`. */
  readonly path: string;
  readonly summary: string;
  /**
   * Who may call it: `any`one, `A`nybody who is signed in, or who has a permission of the `S`ystem or of the `P`roject
   * (`P member:list`).
   */
  readonly access: string;
  readonly params?: Type.TProperties;
  readonly query?: Type.TProperties;
  /** By their names in lower case. */
  readonly headers?: Type.TProperties;
  readonly body?: Type.TSchema;
  readonly isBodyOptional?: boolean;
  /** Of the body; more is answered with 413. */
  readonly maxBodyBytes?: number;
  /** The first one is the usual one. */
  readonly success: Success | readonly [Success, ...Success[]];
  /** Statuses of the errors that Harbor documents. */
  readonly errors: readonly number[];
}

export function operation<const O extends Operation>(definition: O): O {
  return definition;
}

export function ok(): Success;
export function ok<S extends Type.TSchema>(body: S): Success & { readonly body: S };
export function ok(body?: Type.TSchema): Success {
  return { status: 200, ...(body && { body }), headers: [] };
}

/** One page of a list. */
export function pageOf<S extends Type.TSchema>(item: S) {
  return { status: 200, body: Type.Array(item), headers: ['X-Total-Count', 'Link'] } as const;
}

export function created(): Success;
export function created<S extends Type.TSchema>(body: S): Success & { readonly body: S };
export function created(body?: Type.TSchema): Success {
  return { status: 201, ...(body && { body }), headers: ['Location'] };
}

export function accepted(): Success {
  return { status: 202, headers: [] };
}

/** A body that is not JSON. */
export function text() {
  return { status: 200, body: Type.String(), mediaType: 'text/plain', headers: ['Content-Type'] } as const;
}

export function file(mediaType: string) {
  return { status: 200, body: Type.String(), mediaType, headers: ['Content-Disposition'] } as const;
}

export function successesOf({ success }: Operation): readonly [Success, ...Success[]] {
  return isOne(success) ? [success] : success;
}

function isOne(success: Operation['success']): success is Success {
  return 'status' in success;
}

import { findJson, type JsonRecord, recordOf } from '../json-shape.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { createResponseError } from './response-error.ts';

const BASE = '/api/roadstead/v1';
/** Names of projects may consist of digits. */
const BY_NAME = { 'x-is-resource-name': 'true' };

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's own path, or one from `/api/` on: an address that it has named, or of Harbor's API. */
  readonly path: string;
  readonly body?: JsonRecord;
  /** Completes "cannot …". */
  readonly action: string;
}

/** Roadstead's own API, or Harbor's. @throws CliError for any answer but a success */
export async function callRoadstead(connection: RegistryConnection, call: ApiCall): Promise<Response> {
  const { method, path, body, action } = call;
  const target = path.startsWith('/api/') ? path : `${BASE}${path}`;
  const content = body === undefined ? {} : { body: () => JSON.stringify(body) };
  const type: Readonly<Record<string, string>> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await connection.sendToApi({
    method,
    target,
    headers: { ...BY_NAME, ...type },
    // What starts something is not sent twice.
    ...(method === 'POST' || method === 'PATCH' ? { maxAttempts: 1 } : {}),
    ...content,
  });
  if (response.ok) return response;
  throw await createResponseError(response, action);
}

/** As `callRoadstead`, for an answer that is a JSON document; also what its headers say. */
export async function callForJson(
  connection: RegistryConnection,
  call: ApiCall,
): Promise<{ readonly document: unknown; readonly headers: Headers }> {
  const response = await callRoadstead(connection, call);
  return { document: findJson(await response.text()), headers: response.headers };
}

/** As `callForJson`, for an object. */
export async function callForRecord(connection: RegistryConnection, call: ApiCall): Promise<JsonRecord> {
  return recordOf((await callForJson(connection, call)).document);
}

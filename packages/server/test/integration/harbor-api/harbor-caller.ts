import { appendFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { inject } from 'vitest';
import type { SchemaPart } from '../../conformance/harbor/contract-facts.ts';
import { type Reference, type ReferenceOperation, readReference } from '../../conformance/harbor/reference-facts.ts';
import type { Answer } from '../support/http-client.ts';
import type { RegistryClient } from '../support/registry-client.ts';

export interface HarborCall {
  /** Of the path; what stands in it is encoded. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HarborAnswer extends Answer {
  /** The JSON body; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape, and each was validated
  readonly json: any;
}

interface Known {
  readonly method: string;
  readonly path: string;
  readonly operation: ReferenceOperation;
}

/** Statuses that Harbor answers to any operation, whether its document says so or not. */
const ALWAYS = ['401', '403', '404', '412', '413', '415', '422', '429'];

/** Those that Harbor answers to one operation, past its document. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  CopyArtifact: ['409'],
  CreateRobot: ['409'],
  createScanner: ['409'],
  listUsers: ['400'],
  updateConfigurations: ['400'],
  updateScanner: ['400', '409'],
  updateUserProfile: ['400', '409'],
};

/** Harbor's document says that each of these attributes is an object, and Harbor answers with texts too. */
const LOOSE = { ExtraAttrs: { type: 'object' } } as const;

/**
 * Calls operations by Harbor's ids, and holds every answer against Harbor's own contract: the status is a documented one, the body has
 * its schema and no member that the contract does not know, lists say how many there are.
 */
export class HarborCaller {
  readonly #reference: Reference;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv({ strict: false, validateFormats: true });
  #count = 0;

  private constructor(reference: Reference) {
    this.#reference = reference;
    addFormats.default(this.#ajv);
    for (const format of ['int', 'uint64']) this.#ajv.addFormat(format, true);
    forgetGoObjects(reference);
    this.#known = new Map(
      Object.entries(reference.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [
          operation.operationId,
          { method: method.toUpperCase(), path, operation },
        ]),
      ),
    );
  }

  static async open(): Promise<HarborCaller> {
    return new HarborCaller(await readReference());
  }

  /** How many answers were held against the contract. */
  get count(): number {
    return this.#count;
  }

  /** @throws Error when the answer is not one that Harbor's contract has */
  async call(client: RegistryClient, id: string, call: HarborCall = {}): Promise<HarborAnswer> {
    const known = this.#known.get(id);
    if (known === undefined) throw new Error(`Harbor has no operation ${id}`);
    const { method, operation } = known;
    const isJson = call.body !== undefined;
    const answer = await client.send(this.#addressOf(known, call), {
      method,
      headers: { ...(isJson && { 'content-type': 'application/json' }), ...call.headers },
      body: isJson ? JSON.stringify(call.body) : undefined,
    });
    const isJsonAnswer = answer.text !== '' && String(answer.headers['content-type']).startsWith('application/json');
    const json: unknown = isJsonAnswer ? JSON.parse(answer.text) : undefined;
    this.#count += 1;
    const faults = this.#findFaults(operation, answer, json);
    if (faults.length > 0)
      throw new Error(`${id}: ${faults.join('; ')}: ${answer.status} ${answer.text.slice(0, 500)}`);
    appendFileSync(inject('harborTally'), `${id} ${answer.status}\n`);
    return { ...answer, json };
  }

  #addressOf({ path }: Known, { params = {}, query = {} }: HarborCall): string {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const value = params[name];
      if (value === undefined) throw new Error(`${path} needs ${name}`);
      return encodeURIComponent(String(value));
    });
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    return `${this.#reference.basePath}${filled}${search.size === 0 ? '' : `?${search}`}`;
  }

  #findFaults(operation: ReferenceOperation, { status, headers, text }: Answer, json: unknown): readonly string[] {
    const documented = operation.responses[String(status)];
    const known = [...ALWAYS, ...(ALSO[operation.operationId] ?? [])];
    if (documented === undefined && !known.includes(String(status))) return ['no documented status'];
    const faults: string[] = [];
    if (headers['x-request-id'] === undefined) faults.push('no X-Request-Id');
    const is = documented?.$ref ? this.#reference.responses[documented.$ref.split('/').at(-1) ?? ''] : documented;
    // An answer that fails in parts has a body of its own.
    if (status >= 400 && is?.schema?.type !== 'array') {
      if (text !== '' && !isErrorBody(json)) faults.push('no error envelope');
      return faults;
    }
    for (const name of Object.keys(is?.headers ?? {})) {
      // The first page of a short list has no other to link to.
      if (name !== 'Link' && headers[name.toLowerCase()] === undefined) faults.push(`no ${name}`);
    }
    if (is?.schema === undefined && json !== undefined) faults.push('a body that is not documented');
    // A text may be that of a JSON document.
    if (is?.schema !== undefined && is.schema.type !== 'string' && json !== undefined)
      faults.push(...this.#validate(`${operation.operationId} ${status}`, is.schema, json));
    return faults;
  }

  #validate(id: string, schema: SchemaPart, json: unknown): readonly string[] {
    let validate = this.#validators.get(id);
    if (validate === undefined) {
      validate = this.#ajv.compile({ ...schema, definitions: { ...this.#reference.definitions, ...LOOSE } });
      this.#validators.set(id, validate);
    }
    if (validate(json)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

/**
 * Go's document says `object` where it means anything: the value of a replication filter is a text or a list, what a retention rule is
 * given is a number, and the setting of its trigger a text.
 */
function forgetGoObjects({ definitions }: Reference): void {
  const loosen = (model: string, property: string, schema: object) => {
    const properties = (definitions as Readonly<Record<string, { properties?: Record<string, unknown> }>>)[model]
      ?.properties;
    if (properties !== undefined) properties[property] = schema;
  };
  loosen('ReplicationFilter', 'value', {});
  loosen('RetentionRule', 'params', { type: 'object' });
  loosen('RetentionRuleTrigger', 'settings', { type: 'object' });
}

function isErrorBody(json: unknown): boolean {
  const { errors } = (json ?? {}) as { readonly errors?: readonly { code?: unknown; message?: unknown }[] };
  return (
    Array.isArray(errors) &&
    errors.every(({ code, message }) => typeof code === 'string' && typeof message === 'string')
  );
}

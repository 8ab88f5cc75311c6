import { createHash } from 'node:crypto';
import type { createOpenApi } from '../openapi/open-api.ts';
import { API_PAGE_STYLE } from './api-page-style.ts';
import { escapeHtml, renderMembers, renderType, type ShownSchema } from './render-schema.ts';

/** Nothing is loaded, nothing runs, nobody frames it. */
export const API_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(API_PAGE_STYLE).digest('base64')}'; ` +
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

interface ShownOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: ShownSchema;
  }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: ShownSchema }>>;

interface ShownDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ShownSchema>> };
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: ShownOperation;
}

/**
 * The API as a page that works without scripts.
 * @param documentPath where programs find the same
 */
export function renderApiPage(document: ReturnType<typeof createOpenApi>, documentPath: string): string {
  const { info, servers, tags, paths, components } = document as unknown as ShownDocument;
  const places: readonly Place[] = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = tags
    .map(({ name }) => ({ name, places: places.filter(({ operation }) => operation.tags.includes(name)) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const models = Object.entries(components.schemas);
  const base = servers[0]?.url ?? '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}</title>
<style>${API_PAGE_STYLE}</style>
</head>
<body>
<header><div>
<h1>${escapeHtml(info.title)}</h1>
<p>Version ${escapeHtml(info.version)} of the server. ${places.length} operations below <code>${escapeHtml(base)}</code>, which programs made for Harbor 2.15 can use as they are.</p>
<p>Sign in with HTTP Basic: a user, a robot, or an access token as the password. For programs the same is <a href="${escapeHtml(documentPath)}">an OpenAPI 3.1 document</a>.</p>
</div></header>
<div class="columns">
<nav aria-label="Groups of operations">
<h2>Operations</h2>
<ul>
${groups.map(({ name, places: { length } }) => `<li><a href="#tag-${slug(name)}">${escapeHtml(name)}<span>${length}</span></a></li>`).join('\n')}
</ul>
<h2>Beside them</h2>
<ul><li><a href="#models">Objects<span>${models.length}</span></a></li></ul>
</nav>
<main>
${groups.map(({ name, places: inside }) => `<section id="tag-${slug(name)}"><h2>${escapeHtml(name)}</h2>\n${inside.map(renderOperation).join('\n')}\n</section>`).join('\n')}
<section id="models" class="models"><h2>Objects</h2>
${models.map(renderModel).join('\n')}
</section>
</main>
</div>
</body>
</html>
`;
}

function renderOperation({ method, path, operation }: Place): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return `<details id="${escapeHtml(operationId)}"><summary><span class="method ${method}">${method.toUpperCase()}</span><span class="path">${renderPath(path)}</span><span class="says">${escapeHtml(summary)}</span></summary>
<div class="inside">
<p>${renderText(description)} <code>${escapeHtml(operationId)}</code></p>
${renderParameters(parameters)}${renderBody(requestBody)}
<h3>Answers</h3>
<table><tbody>
${Object.entries(responses).map(renderResponse).join('\n')}
</tbody></table>
</div></details>`;
}

function renderParameters(parameters: ShownOperation['parameters']): string {
  // Every operation has it, and the document says so.
  const own = parameters.filter(({ name }) => name !== 'X-Request-Id');
  if (own.length === 0) return '';
  const rows = own.map(
    ({ name, in: place, required, description = '', schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required ? ' <span class="need">needed</span>' : ''}</td><td>${renderType(schema)}, in the ${place}</td><td>${renderText(description)}</td></tr>`,
  );
  return `<h3>Parameters</h3>\n<table><tbody>\n${rows.join('\n')}\n</tbody></table>\n`;
}

function renderBody(body: ShownOperation['requestBody']): string {
  if (body === undefined) return '';
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(body.content);
  const members = schema.$ref === undefined ? renderMembers(schema) : '';
  return `<h3>Body${body.required ? '' : ', which may be left out'}</h3>\n<p>${renderType(schema)} as <code>${escapeHtml(type)}</code></p>\n${members}`;
}

function renderResponse([status, { description, content = {} }]: [
  string,
  ShownOperation['responses'][string],
]): string {
  const [entry] = Object.entries(content);
  const is = entry === undefined ? 'no body' : renderType(entry[1].schema);
  return `<tr><td><code>${status}</code></td><td>${is}</td><td>${renderText(description)}</td></tr>`;
}

function renderModel([name, schema]: [string, ShownSchema]): string {
  return `<details id="model-${slug(name)}"><summary><code>${escapeHtml(name)}</code></summary>
<div class="inside">${renderMembers(schema) || `<p>${renderType(schema)}</p>`}</div></details>`;
}

/** Lines break after slashes rather than anywhere. */
function renderPath(path: string): string {
  return escapeHtml(path).replaceAll('/', '/<wbr>');
}

/** Text in which code stands between backquotes. */
function renderText(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function slug(name: string): string {
  return name.replaceAll(/[^\w-]+/g, '-');
}

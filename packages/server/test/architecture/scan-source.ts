/** One import or re-export of a module. */
export interface ImportStatement {
  readonly specifier: string;
  readonly line: number;
  /** `import type` or `export type`: nothing is loaded for it. */
  readonly typeOnly: boolean;
}

export interface ScannedSource {
  readonly imports: readonly ImportStatement[];
  /** The source with comments and the contents of strings, templates and regular expressions blanked; lines are kept. */
  readonly code: string;
}

const MARK = '\u0000';

/** Finds the imports of a TypeScript source. It knows where strings, templates, comments and regular expressions end. */
export function scanSource(text: string): ScannedSource {
  const strings: string[] = [];
  let masked = '';
  let position = 0;
  while (position < text.length) {
    const { end, kind } = readToken(text, position, masked);
    const token = text.slice(position, end);
    if (kind === 'string') {
      masked += `${MARK}${strings.length}${MARK}`;
      strings.push(token.slice(1, -1));
    } else if (kind === 'template') masked += `\`${keepExpressions(token)}\``;
    else if (kind === 'code') masked += token;
    else masked += blank(token);
    position = end;
  }
  return {
    imports: findImports(masked, strings),
    code: masked.replaceAll(new RegExp(`${MARK}\\d+${MARK}`, 'g'), "''"),
  };
}

type TokenKind = 'code' | 'comment' | 'string' | 'template' | 'regex';

function readToken(text: string, start: number, before: string): { end: number; kind: TokenKind } {
  const pair = text.slice(start, start + 2);
  const first = text[start];
  if (pair === '//') return { end: endOfLine(text, start), kind: 'comment' };
  if (pair === '/*') return { end: indexAfter(text, '*/', start + 2), kind: 'comment' };
  if (first === "'" || first === '"') return { end: endOfQuoted(text, start, first), kind: 'string' };
  if (first === '`') return { end: endOfTemplate(text, start), kind: 'template' };
  if (first === '/' && beginsRegex(before)) return { end: endOfRegex(text, start), kind: 'regex' };
  return { end: start + 1, kind: 'code' };
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function indexAfter(text: string, needle: string, start: number): number {
  const found = text.indexOf(needle, start);
  return found === -1 ? text.length : found + needle.length;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === quote) return index + 1;
    else if (text[index] === '\n') return index;
  }
  return text.length;
}

function endOfTemplate(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length) {
    if (text[index] === '\\') index += 2;
    else if (text[index] === '`') return index + 1;
    else if (text.startsWith('${', index)) index = endOfExpression(text, index + 2);
    else index += 1;
  }
  return text.length;
}

/** The index after the brace that closes the expression of a template which begins at `start`. */
function endOfExpression(text: string, start: number): number {
  let depth = 1;
  let index = start;
  while (index < text.length) {
    const { end, kind } = readToken(text, index, text.slice(start, index));
    if (kind === 'code' && text[index] === '{') depth += 1;
    if (kind === 'code' && text[index] === '}') {
      depth -= 1;
      if (depth === 0) return end;
    }
    index = end;
  }
  return text.length;
}

/** A slash divides after a value and opens a regular expression after anything else. */
function beginsRegex(before: string): boolean {
  const trimmed = before.trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|yield|await|void|delete|throw)$/.test(trimmed)) return true;
  return trimmed === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(trimmed);
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\n') return index;
    if (character === '\\') index += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return index + 1;
  }
  return text.length;
}

function blank(token: string): string {
  return token.replaceAll(/[^\n]/g, ' ');
}

/** Blanks the text of a template but keeps its expressions, which are code. */
function keepExpressions(template: string): string {
  let kept = '';
  let index = 1;
  while (index < template.length - 1) {
    if (template.startsWith('${', index)) {
      const end = endOfExpression(template, index + 2);
      kept += ` ${scanSource(template.slice(index + 2, end - 1)).code} `;
      index = end;
    } else {
      kept += template[index] === '\n' ? '\n' : ' ';
      index += 1;
    }
  }
  return kept;
}

function findImports(masked: string, strings: readonly string[]): readonly ImportStatement[] {
  const statement = new RegExp(
    `\\b(?:import|export)\\b\\s*(type\\b(?!\\s*(?:from\\b|,)))?(?:[\\w\\s{},*$]*?\\bfrom)?\\s*${MARK}(\\d+)${MARK}`,
    'g',
  );
  const dynamic = new RegExp(`\\bimport\\s*\\(\\s*${MARK}(\\d+)${MARK}`, 'g');
  const found = [
    ...[...masked.matchAll(statement)].map((match) => ({ match, number: match[2], typeOnly: match[1] !== undefined })),
    ...[...masked.matchAll(dynamic)].map((match) => ({ match, number: match[1], typeOnly: false })),
  ];
  return found
    .map(({ match, number, typeOnly }) => ({
      specifier: strings[Number(number)] ?? '',
      line: masked.slice(0, match.index).split('\n').length,
      typeOnly,
    }))
    .sort((a, b) => a.line - b.line);
}

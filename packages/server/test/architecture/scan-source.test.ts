import { describe, expect, it } from 'vitest';
import { scanSource } from './scan-source.ts';

const specifiers = (text: string) => scanSource(text).imports.map(({ specifier }) => specifier);

describe('the reader of imports', () => {
  it('finds every form of import and re-export', () => {
    const text = [
      "import a from './a.ts';",
      "import { b, type B } from './b.ts';",
      "import * as c from './c.ts';",
      "import './d.ts';",
      "export * from './e.ts';",
      "export { f } from './f.ts';",
      "import {\n  g,\n} from './g.ts';",
      "const h = await import('./h.ts');",
      'import i, { type I } from "./i.ts";',
    ].join('\n');
    expect(specifiers(text)).toEqual([
      './a.ts',
      './b.ts',
      './c.ts',
      './d.ts',
      './e.ts',
      './f.ts',
      './g.ts',
      './h.ts',
      './i.ts',
    ]);
  });

  it('tells a type-only import from one that loads', () => {
    const text =
      "import type { A } from 'a';\nexport type { B } from 'b';\nimport { type C } from 'c';\nimport type from 'd';";
    expect(scanSource(text).imports.map(({ typeOnly }) => typeOnly)).toEqual([true, true, false, false]);
  });

  it('tells the line of an import', () => {
    expect(scanSource("/* one\n two */\n\nimport './a.ts';").imports[0]?.line).toBe(4);
  });

  it.each([
    ['a line comment', "// import './x.ts'"],
    ['a block comment', "/* import './x.ts' */"],
    ['a string', 'const s = "import \'./x.ts\'";'],
    ['a template', "const s = `import './x.ts'`;"],
  ])('finds nothing in %s', (_, text) => {
    expect(specifiers(text)).toEqual([]);
  });

  it('is not led astray by quotes in a regular expression, nor by a division', () => {
    expect(specifiers("const r = /['\"`]/.test(s);\nimport './a.ts';")).toEqual(['./a.ts']);
    expect(specifiers("const q = a / b; const s = '/';\nimport './a.ts';")).toEqual(['./a.ts']);
    expect(specifiers("const r = [/[/'\"]/g];\nimport './a.ts';")).toEqual(['./a.ts']);
  });

  it('reads on after nested templates', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is source code
    expect(specifiers("const s = `a ${`b ${'}'} c`} d`;\nimport './a.ts';")).toEqual(['./a.ts']);
  });

  it('keeps code in templates and blanks text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is source code
    const { code } = scanSource('const s = `process.env ${process.env.HOME}`; // process.env');
    expect(code.match(/process\.env/g)).toHaveLength(1);
  });
});

import path from 'node:path';
import {
  ENVIRONMENT_READERS,
  IMPORT_TABLE,
  type ImportRow,
  isCompositionRoot,
  MAX_FILE_LINES,
  PACKAGE_TABLE,
} from './import-table.ts';
import { isTestFile, type SourceFile } from './list-source-files.ts';
import type { ImportStatement } from './scan-source.ts';

export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

/** A finding about one import: the rule and the message. */
type Finding = readonly [rule: string, message: string];

/** Checks every rule of the house on these files; `longFiles` lists excused files with the reason. */
export function findViolations(
  files: readonly SourceFile[],
  longFiles: Readonly<Record<string, string>>,
): readonly Violation[] {
  return files.flatMap((file) => [
    ...checkLength(file, longFiles),
    ...(file.isTest ? [] : [...checkPlace(file), ...checkEnvironment(file), ...checkImports(file)]),
  ]);
}

function checkLength(file: SourceFile, longFiles: Readonly<Record<string, string>>): readonly Violation[] {
  if (file.lineCount <= MAX_FILE_LINES || longFiles[file.path]) return [];
  const message = `has ${file.lineCount} lines, more than ${MAX_FILE_LINES}: split it by what it exports, or list it in exceptions.ts with the reason`;
  return [{ rule: 'file-length', file: file.path, line: MAX_FILE_LINES + 1, message }];
}

/** Every folder needs a row in the table, so that nobody can step around it with a new one. */
function checkPlace(file: SourceFile): readonly Violation[] {
  if (PACKAGE_TABLE[file.package] === undefined)
    return [
      {
        rule: 'unknown-folder',
        file: file.path,
        line: 1,
        message: `packages/${file.package} has no row in PACKAGE_TABLE: add one`,
      },
    ];
  if (file.package !== 'server' || isCompositionRoot(file.inSource)) return [];
  const folder = folderOf(file.inSource);
  if (IMPORT_TABLE[folder] !== undefined && file.inSource.includes('/')) return [];
  const message = `${folder} has no row in IMPORT_TABLE: move the file into a folder that has one, or add the row and a decision record`;
  return [{ rule: 'unknown-folder', file: file.path, line: 1, message }];
}

function checkEnvironment(file: SourceFile): readonly Violation[] {
  if (file.package !== 'server' || ENVIRONMENT_READERS.includes(file.inSource) || folderOf(file.inSource) === 'config')
    return [];
  const index = file.code.search(
    /\bprocess\s*(?:\?\.|\.|\[\s*''\s*\])\s*env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*''/,
  );
  if (index === -1) return [];
  const message = 'reads process.env: take the value as a parameter; config/ reads it and server.ts passes it on';
  return [{ rule: 'process-env', file: file.path, line: file.code.slice(0, index).split('\n').length, message }];
}

function checkImports(file: SourceFile): readonly Violation[] {
  return file.imports.flatMap((statement) =>
    checkImport(file, statement).map(([rule, message]) => ({ rule, file: file.path, line: statement.line, message })),
  );
}

function checkImport(file: SourceFile, statement: ImportStatement): readonly Finding[] {
  const { specifier } = statement;
  if (isTestFile(specifier) || /(?:^|\/)test\//.test(specifier))
    return [['test-import', `imports the test file ${specifier}: move what both need into a source file`]];
  if (specifier.startsWith('.')) return checkRelativeImport(file, statement);
  if (specifier.startsWith('@roadstead/')) return checkPackageImport(file, specifier);
  return checkLibraryImport(file, specifier);
}

function checkPackageImport(file: SourceFile, specifier: string): readonly Finding[] {
  const target = specifier.split('/')[1] ?? '';
  const allowed = PACKAGE_TABLE[file.package] ?? [];
  if (!allowed.includes(target))
    return [
      [
        'package-boundary',
        `packages/${file.package} must not import ${specifier}; it may import: ${allowed.join(', ') || 'no other package'}`,
      ],
    ];
  if (file.package !== 'server' || target === 'oci' || isCompositionRoot(file.inSource)) return [];
  const folder = folderOf(file.inSource);
  if (IMPORT_TABLE[folder]?.packages?.includes(target)) return [];
  return [
    [
      'package-boundary',
      `${folder}/ must not import ${specifier}: only portability/ and operations/ work with archives`,
    ],
  ];
}

function checkLibraryImport(file: SourceFile, specifier: string): readonly Finding[] {
  const isNode = specifier.startsWith('node:');
  if (file.package === 'oci')
    return [
      [
        'oci-is-pure',
        `packages/oci is pure, and imports ${specifier}: take what it gives as a parameter, or move the file to packages/server`,
      ],
    ];
  if (isNode || file.package !== 'server') return [];
  const libraries = IMPORT_TABLE[folderOf(file.inSource)]?.libraries;
  if (libraries === undefined || libraries === 'free' || libraries.test(file.inSource)) return [];
  return [
    [
      'kernel-library',
      `kernel/ imports the library ${specifier}: only the egress guard may; declare an interface here and implement it elsewhere`,
    ],
  ];
}

function checkRelativeImport(file: SourceFile, statement: ImportStatement): readonly Finding[] {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file.inSource), statement.specifier));
  if (target.startsWith('..'))
    return [
      [
        'package-boundary',
        `${statement.specifier} leaves the package: import another package by its name, @roadstead/…`,
      ],
    ];
  if (file.package !== 'server' || isCompositionRoot(file.inSource)) return [];
  if (target === 'config/env.ts' && folderOf(file.inSource) !== 'config')
    return [
      ['env-module', 'imports config/env.ts: only server.ts and main.ts do; take the value from the configuration'],
    ];
  return checkDirection(file.inSource, target, statement);
}

/** The import table itself; `from` and `target` are paths below packages/server/src. */
function checkDirection(from: string, target: string, { typeOnly }: ImportStatement): readonly Finding[] {
  const [fromFolder, targetFolder] = [folderOf(from), folderOf(target)];
  const row = IMPORT_TABLE[fromFolder];
  if (row === undefined) return [];
  if (fromFolder === 'api' && targetFolder === 'api') return checkApi(from, target);
  if (targetFolder === 'drivers') return checkDriver(from, target, row);
  if (fromFolder === targetFolder || row.mayImport.includes(targetFolder)) return [];
  const ofTypes = row.typesOf?.includes(targetFolder) ?? false;
  if (ofTypes && typeOnly) return [];
  if (ofTypes)
    return [['import-direction', `${fromFolder}/ may import only types of ${targetFolder}/: write \`import type\``]];
  const allowed = [...row.mayImport, ...(row.typesOf ?? []).map((folder) => `types of ${folder}`)];
  return [
    [
      'import-direction',
      `${fromFolder}/ must not import ${targetFolder}/ (it may import: ${allowed.join(', ') || 'nothing of ours'}). ` +
        'For a call upwards declare an interface in kernel/ and give it from instance.ts, or subscribe to the journal',
    ],
  ];
}

function checkApi(from: string, target: string): readonly Finding[] {
  const [own, other] = [from.split('/')[1], target.split('/')[1]];
  if (own === other) return [];
  return [['api-crosses', `api/${own} must not import api/${other}: what both need is a feature, or belongs to http/`]];
}

function checkDriver(from: string, target: string, row: ImportRow): readonly Finding[] {
  const [, kind = '', ...rest] = target.split('/');
  const [fromFolder, fromKind, fromName] = from.split('/');
  const name = rest.length > 1 ? rest[0] : undefined;
  const isInterface = rest.length === 1 && rest[0] === `${kind}.ts`;
  if (fromFolder === 'drivers') {
    const ownFiles = kind === fromKind && (name === undefined || name === fromName);
    return ownFiles
      ? []
      : [
          [
            'driver-implementation',
            `a driver must not import another (${target}): move what both need to kernel/ or to the interface`,
          ],
        ];
  }
  if (name !== undefined)
    return [
      [
        'driver-implementation',
        `imports the implementation ${target}: import drivers/${kind}/${kind}.ts, and let instance.ts or server.ts build the driver`,
      ],
    ];
  if (!row.mayImport.includes('drivers') && !row.mayImport.includes(`drivers/${kind}`))
    return [['import-direction', `${fromFolder}/ must not import drivers/${kind}: ask the feature that owns it`]];
  return isInterface
    ? []
    : [
        [
          'driver-implementation',
          `imports ${target}: only the interface file drivers/${kind}/${kind}.ts is for others`,
        ],
      ];
}

function folderOf(inSource: string): string {
  return inSource.split('/')[0] ?? '';
}

/**
 * The module of a thread beside the one that starts it: sources run as they are, and packages are built.
 * @param starter `import.meta.url` of the module that starts it
 * @param name without its extension
 */
export function threadModule(starter: string, name: string): URL {
  return new URL(`./${name}.${starter.endsWith('.ts') ? 'ts' : 'js'}`, starter);
}

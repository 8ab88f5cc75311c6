/** The text as LIKE finds it and nothing else, with `\` as its escape. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** For LIKE with `\` as its escape: whatever has this text in it. */
export function containsPattern(text: string): string {
  return `%${escapeLike(text)}%`;
}

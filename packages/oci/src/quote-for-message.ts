const MAX_SHOWN_CHARACTERS = 100;

/** Text from a client, shortened and escaped, as it may stand in an error message. */
export function quoteForMessage(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text);
}

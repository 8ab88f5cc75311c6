/**
 * Checks the address of an issuer, or of its keys: https, without credentials, query and fragment (OpenID Connect Discovery §3).
 * @param plainHttpHosts host names and addresses for which the operator takes http too; networks and patterns do not count
 * @throws SyntaxError a sentence that says what is wrong with it
 */
export function parseIssuerAddress(address: string, plainHttpHosts: readonly string[]): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || address.trim() !== address) throw new SyntaxError('an issuer is the address of a web page');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && plainHttpHosts.includes(url.hostname))) {
    throw new SyntaxError('an issuer is reached over https, unless the operator allows plain http to just this host');
  }
  if (url.username !== '' || url.password !== '' || address.includes('?') || address.includes('#')) {
    throw new SyntaxError('the address of an issuer has no credentials, query or fragment');
  }
  return url;
}

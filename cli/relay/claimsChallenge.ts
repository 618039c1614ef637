/**
 * What Entra wants of the next token, as JSON for `claims` of a token request; undefined: the refusal says nothing of it.
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export const claimsAsked = (header: string | undefined): string | undefined => {
  if (header?.includes('insufficient_claims') !== true) return undefined;
  const asked = Buffer.from(/claims="([^"]+)"/.exec(header)?.[1] ?? '', 'base64').toString('utf8');
  try {
    JSON.parse(asked);
    return asked;
  } catch {
    return undefined;
  }
};

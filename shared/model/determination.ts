/**
 * Microsoft's pages give four determinations two names each, and either is sent; this is the one of Graph's member table.
 * @see https://learn.microsoft.com/graph/api/resources/security-incident · https://learn.microsoft.com/defender-xdr/api-update-incidents
 */
const synonyms: Readonly<Record<string, string>> = {
  compromiseduser: 'compromisedAccount',
  clean: 'notMalicious',
  noenoughdatatovalidate: 'notEnoughDataToValidate',
  insufficientdata: 'notEnoughDataToValidate',
  confirmeduseractivity: 'confirmedActivity',
};

/** A determination under one name where it has several; others as they are. */
export const oneDetermination = (determination: string): string => {
  const key = determination.toLowerCase();
  return Object.hasOwn(synonyms, key) ? (synonyms[key] ?? determination) : determination;
};

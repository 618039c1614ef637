import { ContractError } from '../errors';

/** False for a text that cannot stand for one incident in a path: nothing, dots that lead elsewhere, halves of surrogate pairs. */
export const isAddressable = (incidentId: string): boolean =>
  incidentId !== '' && incidentId !== '.' && incidentId !== '..' && incidentId.isWellFormed();

/** @throws ContractError where the id cannot be part of a path */
export const incidentPath = (list: string, incidentId: string): string => {
  if (!isAddressable(incidentId)) throw new ContractError('an incident with an id that cannot be asked for');
  return `${list}/${encodeURIComponent(incidentId)}`;
};

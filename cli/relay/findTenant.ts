import { z } from 'zod';
import { Failure } from '../failure';
import type { Relay } from './client';

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const named = z.looseObject({ tenantId: z.string(), name: z.string() });

export const isTenantId = (text: string): boolean => guid.test(text);

/** A tenant's id from what was typed: the id itself, its name, or a start of it that fits no other. @throws Failure */
export const findTenantId = async (relay: Relay, typed: string): Promise<string> => {
  if (isTenantId(typed)) return typed.toLowerCase();
  const { items } = await relay.list('tenants', named);
  const wanted = fold(typed);
  const exact = items.filter(({ name }) => fold(name) === wanted);
  const found = exact.length > 0 ? exact : items.filter(({ name }) => fold(name).startsWith(wanted));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.tenantId;
  if (found.length === 0)
    throw new Failure(`No tenant in your sight is called ${typed}.`, {
      code: 'ERR_NOT_FOUND',
      cure: 'xdr-relay tenants list shows those there are; a tenant id always works.',
    });
  throw new Failure(`${typed} may mean ${found.length} tenants.`, {
    code: 'ERR_AMBIGUOUS',
    cure: found
      .slice(0, 10)
      .map(({ tenantId, name }) => `- ${name}  ${tenantId}`)
      .join('\n'),
  });
};

const fold = (name: string): string => name.trim().toLocaleLowerCase('en');

import { z } from 'zod';
import { ContractError, RequestError } from '../errors';
import { contentOf } from '../incidents/answerContent';
import { isTooDeep, maxDepth } from '../incidents/isTooDeep';
import { loopTurn } from '../loopTurn';
import type { JsonObject } from '../model/incident';
import type { Time7 } from '../model/time7';
import type { IncomingAnswer } from '../ports';
import { askEndpoint } from './askEndpoint';
import type { EndpointAccess } from './endpointAccess';
import type { Condition, FieldKind } from './endpointFilter';
import { endpointFilter } from './endpointFilter';

/** The API allows 10,000 rows a page; with their evidence those could be more than one answer may hold. */
export const endpointPageSize = 1_000;
const largestPage = 10_000;
const mostSkipped = 1_000_000;

export interface EndpointQuery<Field extends string> {
  /** All must hold. */
  readonly where?: readonly Condition<Field>[];
  /** Rows a page, up to 10,000, default 1,000. */
  readonly top?: number;
  /** Rows to pass over. The list may move between two pages: narrow it by `where` rather than walk far. */
  readonly skip?: number;
}

/** A row that cannot be taken in; the rest of its page is not touched by it. */
export interface BrokenEndpointRow {
  /** Undefined where not even the id can be read. */
  readonly id: string | undefined;
  readonly reason: string;
}

export interface EndpointPage<Item> {
  /** In the order of the answer, which no page promises. */
  readonly items: readonly Item[];
  readonly broken: readonly BrokenEndpointRow[];
  /** True where more may follow: ask again with `skip` grown by `items` and `broken` together. */
  readonly more: boolean;
  /** The `Date` of the answer. */
  readonly serverTime: Time7 | undefined;
  /** What was said of a part missing (206, `Warning`). */
  readonly incomplete?: string;
}

/** How one list of the API is asked for and its rows are read. */
export interface EndpointList<Item, Field extends string> {
  /** Below `/api/`. */
  readonly path: string;
  /** The documented fields of its filter. */
  readonly fields: Readonly<Record<Field, FieldKind>>;
  /** Further parameters, encoded. */
  readonly always?: readonly string[];
  /** @throws ContractError where the row cannot be taken in */
  readonly read: (row: JsonObject, tenantId: string) => Item;
}

/** Said in any item, it throws the whole answer out: no row of it is believed. */
export class ForeignRowError extends ContractError {}

/**
 * One page of a list. A 404 is an empty list: the machines' one is answered so where none was seen of late.
 * @throws RequestError for a query that cannot be asked · what `askEndpoint` throws · ContractError (no list, rows of another tenant)
 */
export const listPage = async <Item, Field extends string>(
  access: EndpointAccess,
  { path, fields, always = [], read }: EndpointList<Item, Field>,
  { where = [], top = endpointPageSize, skip = 0 }: EndpointQuery<Field>,
): Promise<EndpointPage<Item>> => {
  assertWithin('top', top, 1, largestPage);
  assertWithin('skip', skip, 0, mostSkipped);
  const skipped = skip === 0 ? [] : [`$skip=${skip}`];
  const parameters = [...endpointFilter(where, fields), ...always, `$top=${top}`, ...skipped];
  const answer = await askEndpoint(access, `${path}?${parameters.join('&')}`);
  if (answer === undefined) return { items: [], broken: [], more: false, serverTime: undefined };
  await loopTurn();
  return toPage(answer, top, (row) => read(row, access.tenantId));
};

/** One thing by its id; undefined where there is none. @throws like `listPage` */
export const readOne = async <Item>(
  access: EndpointAccess,
  { path, always = [], read }: Pick<EndpointList<Item, never>, 'path' | 'always' | 'read'>,
  id: string,
): Promise<Item | undefined> => {
  const parameters = always.length === 0 ? '' : `?${always.join('&')}`;
  const answer = await askEndpoint(access, `${path}/${encodeURIComponent(assertAddressable(id))}${parameters}`);
  if (answer === undefined) return undefined;
  return readRow(contentOf(answer, api).content, (row) => read(row, access.tenantId));
};

const api = 'Defender for Endpoint';
const listShape = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.unknown().optional() });

const toPage = <Item>(answer: IncomingAnswer, top: number, read: (row: JsonObject) => Item): EndpointPage<Item> => {
  const { content, serverTime, incomplete } = contentOf(answer, api);
  const list = listShape.safeParse(content);
  if (!list.success) throw new ContractError(`${api} answered something that is no list`);
  const { value, '@odata.nextLink': nextLink } = list.data;
  const items: Item[] = [];
  const broken: BrokenEndpointRow[] = [];
  for (const row of value) {
    try {
      items.push(readRow(row, read));
    } catch (error) {
      if (!(error instanceof ContractError) || error instanceof ForeignRowError) throw error;
      broken.push({ id: idOf(row), reason: error.message });
    }
  }
  // The link itself is never followed: it may lead anywhere. With `$top` none is sent, so a full page says that more may come.
  const more = value.length >= top || (nextLink !== undefined && nextLink !== null);
  return { items, broken, more, serverTime, ...(incomplete === undefined ? {} : { incomplete }) };
};

const readRow = <Item>(row: unknown, read: (row: JsonObject) => Item): Item => {
  if (isTooDeep(row)) throw new ContractError(`a row is nested deeper than ${maxDepth}`);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new ContractError('a row is no object');
  return read(row as JsonObject);
};

const idOf = (row: unknown): string | undefined => {
  const id = typeof row === 'object' && row !== null ? (row as JsonObject).id : undefined;
  return typeof id === 'string' && id !== '' ? id.slice(0, 200) : undefined;
};

const assertWithin = (field: string, value: number, least: number, most: number): void => {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RequestError('A page cannot be asked for', [{ field, message: `must be from ${least} to ${most}` }]);
};

/** Dots would lead elsewhere; half a surrogate pair cannot be encoded. */
const assertAddressable = (id: string): string => {
  if (id !== '' && id !== '.' && id !== '..' && id.length <= 300 && id.isWellFormed()) return id;
  throw new RequestError('An id cannot be asked for', [{ field: 'id', message: 'is empty, too long or broken' }]);
};

import type { BackEnd } from './tenant';
import type { Time7 } from './time7';

/** A JSON value as the other side sent it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** What a list shows of an incident; Graph's own field names, values passed through even where we do not know them. */
export interface IncidentHeader {
  readonly incidentId: string;
  readonly displayName: string | null;
  readonly status: string | null;
  readonly severity: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly assignedTo: string | null;
  readonly createdDateTime: string | null;
  /** As received; `version` is what is compared. */
  readonly lastUpdateDateTime: string;
  readonly redirectIncidentId: string | null;
  readonly incidentWebUrl: string | null;
  readonly alertsCount: number;
}

/** One incident as a back end showed it at one moment, in Graph's shape whatever the back end. */
export interface ObservedIncident {
  /** Whose answer it came in: the wholes of two back ends differ by nature, and are no sign of a change. */
  readonly backend: BackEnd;
  readonly header: IncidentHeader;
  /** The last update in the 7-digit normal form. */
  readonly version: Time7;
  /** The whole, alerts inside, unknown fields kept. */
  readonly body: JsonObject;
  /** False where a part (its alerts) could not be had. */
  readonly complete: boolean;
  /** The server's time of the answer it came in. */
  readonly asOf: Time7;
}

/** An incident row as stored. */
export interface StoredIncident {
  readonly tenantId: string;
  readonly header: IncidentHeader;
  readonly version: Time7;
  readonly complete: boolean;
  readonly asOf: Time7;
  /** Deep reads in a row that did not find it; left out where it was there. */
  readonly misses?: number;
  /** Since when it counts as gone: Defender did not know it at two deep reads in a row. */
  readonly vanishedAt?: Time7;
}

/** Deep reads in a row that must not find an incident before it counts as gone. */
export const missesToVanish = 2;

const closedStatuses = new Set(['resolved', 'redirected']);

/** Unknown states count as open: what we do not understand must not disappear from a list. */
export const isOpen = (status: string | null): boolean => !closedStatuses.has((status ?? '').toLowerCase());

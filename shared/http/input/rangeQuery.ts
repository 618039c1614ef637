import { z } from 'zod';
import { instant } from './instant';
import { pageQuery } from './pageQuery';

const range = { from: instant.optional(), to: instant.optional() };

/** A range of Defender's time; `askedRange` says what is meant where an end is left out. */
export const rangeQuery = z.strictObject(range);
export const rangeListQuery = z.strictObject({ ...range, ...pageQuery });
export type RangeQuery = z.output<typeof rangeQuery>;

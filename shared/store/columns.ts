import type { Column, Row } from '../ports';

/** Null travels as a missing column: Azure tables know no null. */
export const text = (row: Row, column: string): string | null => {
  const value = row[column];
  return typeof value === 'string' ? value : null;
};

export const count = (row: Row, column: string): number => {
  const value = row[column];
  return typeof value === 'number' ? value : 0;
};

export const flag = (row: Row, column: string): boolean => row[column] === true;

/** Nulls dropped, so that a row holds only what is known. */
export const present = (columns: Readonly<Record<string, Column | null>>): Record<string, Column> =>
  Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, Column] => entry[1] !== null && entry[1] !== undefined),
  );

/** A property holds 32,768 characters; what a list shows needs far less, and the body keeps the whole. */
const maxShownChars = 4_000;

export const shown = (value: string | null): string | null =>
  value === null || value.length <= maxShownChars ? value : `${value.slice(0, maxShownChars - 1)}…`;

export type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** The object without its undefined values, which parsers give and `exactOptionalPropertyTypes` keeps apart from missing ones. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}

import { z } from 'zod';
import { TargetError } from '../errors';
import type { Connection } from '../model/connection';

type Shape = Readonly<Record<string, z.ZodType<string | undefined>>>;

/** `mapping.settings` of one tool: the schema for saving a connection, and how its connector reads them. */
export const toolSettings = <Given extends Shape>(shape: Given) => {
  const whole = z.strictObject(shape);
  return {
    schema: whole.transform((given): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(given).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      ),
    ),
    /** @throws TargetError where they were kept before a rule of today */
    read: (connection: Pick<Connection, 'mapping'>): z.output<typeof whole> => {
      const read = whole.safeParse(connection.mapping.settings ?? {});
      if (read.success) return read.data;
      const names = [...new Set(read.error.issues.map(({ path }) => path.join('.')))].join(', ');
      throw new TargetError(`mapping.settings of the connection do not fit: ${names}`, 'refused', null);
    },
  };
};

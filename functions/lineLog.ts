import type { Log, LogFields } from '../shared/ports';

const line = (message: string, fields: LogFields | undefined): string =>
  fields === undefined ? message : `${message} ${JSON.stringify(fields)}`;

/** A fixed message plus fields as one line; outside an invocation the worker forwards the console to the host. */
export const lineLog = (): Log => ({
  info: (message, fields) => console.info(line(message, fields)),
  warn: (message, fields) => console.warn(line(message, fields)),
  error: (message, fields) => console.error(line(message, fields)),
});

import { z } from 'zod';

const envelope = z.object({ error: z.object({ code: z.string().catch(''), message: z.string().catch('') }) });

export interface RefusalWords {
  readonly code: string;
  readonly message: string;
}

/** Code and message of an error answer, empty where there are none: an error page need not be JSON, and the status alone decides then. */
export const refusalWordsIn = (body: string): RefusalWords => {
  try {
    const parsed = envelope.safeParse(JSON.parse(body));
    if (parsed.success) return parsed.data.error;
  } catch {
    // No JSON.
  }
  return { code: '', message: '' };
};

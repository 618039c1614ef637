/** A message as it lies in the queue, from its text. */
export function encodeMessage(text: string, encoding: 'base64' | 'none'): string {
  return encoding === 'base64' ? Buffer.from(text, 'utf8').toString('base64') : text;
}

/** The text of a message as it lies in the queue; undefined if it is no base64 where base64 is due. */
export function decodeMessage(raw: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return raw;
  const bytes = Buffer.from(raw, 'base64');
  return bytes.toString('base64') === raw.trim() ? bytes.toString('utf8') : undefined;
}

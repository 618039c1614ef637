/** What GitHub would read as Markdown: all that stands in no fenced block. @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
export function outsideFences(text: string): string {
  let fence: string | undefined;
  const outside: string[] = [];
  for (const line of text.split('\n')) {
    if (fence === undefined) {
      const opened = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1];
      if (opened === undefined) outside.push(line);
      else fence = opened;
      continue;
    }
    const closed = /^ {0,3}(`{3,})\s*$/.exec(line)?.[1];
    if (closed !== undefined && closed.length >= fence.length) fence = undefined;
  }
  return outside.join('\n');
}

/** What people see of a text that is one fenced block; any other text as it is. */
export function shownText(text: string): string {
  return /^(`{3,})[a-z]*\n([\s\S]*)\n\1$/.exec(text)?.[2] ?? text;
}

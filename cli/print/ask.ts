import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { usageFailure } from '../failure';

/** What is typed after a question on stderr; stdout is for answers. `hidden` shows nothing of it. */
export const ask = async (question: string, hidden = false): Promise<string> => {
  process.stderr.write(question);
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!hidden) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // In this mode the terminal hands Ctrl-C to us.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await lines.question('');
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
};

/** Something secret, from a pipe, or typed unseen: never from the command line, where every process can read it. */
export const readSecret = async (question: string): Promise<string> => {
  const secret = process.stdin.isTTY ? await ask(question, true) : (await textOf(process.stdin)).replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw usageFailure('Nothing came on stdin.', "Pipe the secret's value in, or run it in a terminal and type it.");
};

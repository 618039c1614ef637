import type { WriteStream } from 'node:tty';

/** Text in a colour; plain where colours are not wanted. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

/** Where the screens are drawn. */
export interface Terminal {
  /** Columns of a line. */
  readonly width: number;
  readonly palette: Palette;
  /** A person watches: a line may be drawn over. */
  readonly isInteractive: boolean;
  readonly line: (text?: string) => void;
  /** Draws over the last status; shows nothing where nobody watches. */
  status(text: string): void;
}

const paint =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;

const colours: Palette = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  yellow: paint(33, 39),
  green: paint(32, 39),
};

const same = (text: string): string => text;
export const plain: Palette = { bold: same, dim: same, red: same, yellow: same, green: same };

/** Of a line that is written to a file or a pipe. */
const unwatchedWidth = 110;

/** @see https://no-color.org */
export function createTerminal(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const tty: Partial<WriteStream> = stream;
  const isInteractive = tty.isTTY === true && env.TERM !== 'dumb';
  const hasColours = isInteractive && (env.NO_COLOR ?? '') === '';
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) stream.write('\r\u001b[K');
    isDrawn = false;
  };
  return {
    get width() {
      return isInteractive ? Math.max(40, Math.min(tty.columns ?? 80, 140)) : unwatchedWidth;
    },
    palette: hasColours ? colours : plain,
    isInteractive,
    line: (text = '') => {
      clear();
      stream.write(`${text}\n`);
    },
    status: (text) => {
      if (!isInteractive) return;
      clear();
      stream.write(text);
      isDrawn = true;
    },
  };
}

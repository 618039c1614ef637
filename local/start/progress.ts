import { cellRight, widthOf } from '../../shared/terminal/cells';
import type { Terminal } from '../../shared/terminal/terminal';
import { seconds } from '../../shared/terminal/wording';

/** One step of the start, timed from its beginning. */
export interface Step {
  /** What is known so far; drawn over. */
  show(text: string): void;
  done(text: string): void;
}

/** A line a step, with its seconds at the right. */
export function beginStep(terminal: Terminal, text: string): Step {
  const begunMs = performance.now();
  const lineOf = (mark: string, said: string): string => {
    const took = seconds(performance.now() - begunMs);
    const room = Math.min(terminal.width, 78) - 4 - widthOf(said);
    return `  ${mark} ${said}${terminal.palette.dim(cellRight(took, Math.max(room, took.length + 2)))}`;
  };
  terminal.status(lineOf('·', text));
  return {
    show: (said) => terminal.status(lineOf('·', said)),
    done: (said) => terminal.line(lineOf(terminal.palette.green('✓'), said)),
  };
}

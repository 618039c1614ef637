import type { Finding } from './finding';
import { failed, fine, skipped } from './finding';

/** Entra and our API let clocks differ by so much. */
const toleratedSeconds = 300;
const notableSeconds = 30;

/**
 * This machine's clock against a server's `Date`, which tells whole seconds; `sentMs` and `gotMs` are when it was asked and when it answered.
 */
export const checkClock = (name: string, date: string | undefined, sentMs: number, gotMs: number): Finding => {
  const theirsMs = Date.parse(date ?? '');
  if (Number.isNaN(theirsMs)) return skipped(name, 'The server sent no Date.');
  // Theirs lies somewhere within its second and within our waiting.
  const ahead = Math.max(0, sentMs - (theirsMs + 1_000));
  const behind = Math.max(0, theirsMs - gotMs);
  const seconds = Math.round(Math.max(ahead, behind) / 1_000);
  if (seconds === 0) return fine(name, 'This machine and the server agree.');
  const detail = `This machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the server.`;
  if (seconds <= notableSeconds) return fine(name, detail);
  const cure =
    "Set this machine's clock by NTP (timedatectl set-ntp true · w32tm /resync); tokens and assertions hang on it.";
  return seconds > toleratedSeconds ? failed(name, detail, cure) : { name, verdict: 'warning', detail, cure };
};

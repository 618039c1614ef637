import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { Failure } from './failure';

/** The command ran in a process of its own; that is its exit code. */
export class RanElsewhere extends Error {
  override readonly name = 'RanElsewhere';

  constructor(readonly exitCode: number) {
    super(`ended with ${exitCode}`);
  }
}

/**
 * Node reads NODE_EXTRA_CA_CERTS when it starts and never again, and it is the one way that holds for all who speak TLS here (undici,
 * MSAL, the Azure SDK). So where certificates are to be trusted that are not yet, the same command runs once more with them.
 * @throws RanElsewhere · Failure where the file is not there
 * @see https://nodejs.org/docs/latest-v20.x/api/cli.html#node_extra_ca_certsfile
 */
export const withCertificates = async (caFile: string | undefined): Promise<void> => {
  if (caFile === undefined || caFile === '' || process.env.NODE_EXTRA_CA_CERTS === caFile) return;
  if (!existsSync(caFile))
    throw new Failure(`The certificates to trust are not there: ${caFile}`, {
      code: 'ERR_PROFILE',
      cure: 'Correct the path in the profile (--ca-file) or in the settings (NODE_EXTRA_CA_CERTS).',
    });
  const [script = '', ...words] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, script, ...words], {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
  });
  // Ctrl-C reaches the child by itself, as one of the terminal's group; what is sent to us alone is passed on.
  const passOn = (signal: NodeJS.Signals) => () => void child.kill(signal);
  const waitForChild = (): void => undefined;
  process.removeAllListeners('SIGINT').on('SIGINT', process.stdin.isTTY ? waitForChild : passOn('SIGINT'));
  process.on('SIGTERM', passOn('SIGTERM'));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  throw new RanElsewhere(exitCode);
};

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createHash } from 'node:crypto';
import type { BrowserContext } from 'playwright-core';
import { chromium } from 'playwright-core';

export interface Chromium {
  readonly context: BrowserContext;
  stop(): Promise<void>;
}

/** Debian's, unless told otherwise. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/**
 * A real browser with a profile of its own, which takes one server's certificate and no other that it does not know.
 * @param trusted address of that server, and the authority that vouches for it
 */
export const startChromium = async (trusted: { url: string; caFile: string }): Promise<Chromium> => {
  if (!existsSync(executablePath))
    throw new Error(`There is no browser at ${executablePath}: apt-get install chromium, or set CHROMIUM_PATH`);
  const profile = mkdtempSync(join(tmpdir(), 'xdr-relay-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--ignore-certificate-errors-spki-list=${await keyDigestOf(trusted)}`,
    ],
  });
  return {
    context,
    stop: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
};

/** SHA-256 of the public key that the server shows, in base64; its certificate is checked. */
const keyDigestOf = ({ url, caFile }: { url: string; caFile: string }): Promise<string> => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(caFile) }, () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
      socket.destroy();
      if (key === undefined) reject(new Error(`${url} shows no certificate`));
      else resolve(createHash('sha256').update(key).digest('base64'));
    });
    socket.once('error', reject);
  });
};

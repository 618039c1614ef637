import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntraBrowser } from '../support/entraBrowser';
import { openEntraBrowser } from '../support/entraBrowser';
import { runStarter } from '../support/starter';

export interface DemoFile {
  readonly url: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly apiId: string;
  readonly authority: string;
  readonly caFile: string;
  readonly tokenFile: string;
  readonly settingsFile: string;
  readonly folder: string;
  readonly controlUrl: string;
}

export interface Person {
  readonly userPrincipalName: string;
  readonly administrator: boolean;
  readonly apiRoles: readonly string[];
}

export interface RunningDemo {
  readonly demo: DemoFile;
  /** Names the demo for the command line, and keeps its files in the demo's own folder. */
  readonly env: Readonly<Record<string, string>>;
  readonly browser: EntraBrowser;
  /** Plays the cloud's part. */
  control<T>(path: string, body?: object): Promise<T>;
  people(tenantId: string): Promise<readonly Person[]>;
  stop(): Promise<void>;
}

/** `npm start` as a process, with a few small customers. */
export const startDemoProcess = async (): Promise<RunningDemo> => {
  const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-cli-'));
  const starter = runStarter('--data', join(folder, 'demo'), '--port', '0', '--tenants', '4', '--incidents', '6');
  await starter.says('The cloud goes on');
  const demo = JSON.parse(readFileSync(join(folder, 'demo', 'demo.json'), 'utf8')) as DemoFile;
  const control = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${demo.controlUrl}/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`control ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const browser = openEntraBrowser(readFileSync(demo.caFile, 'utf8'));
  // Five seconds between two questions would be most of the test.
  await control('settings', { deviceCodeIntervalSeconds: 1 });
  return {
    demo,
    env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDR_RELAY_DEMO: join(folder, 'demo', 'demo.json') },
    browser,
    control,
    people: (tenantId) => control(`tenants/${tenantId}/users`),
    stop: async () => {
      await browser.close();
      starter.process.kill('SIGINT');
      await starter.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { Cloud } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';

const run = promisify(execFile);

interface Failure {
  name: string;
  code?: string;
  statusCode?: number;
  message: string;
}

interface SdkResults {
  secret: string;
  disabled: Failure;
  missing: Failure;
  wrongSecret: Failure;
  wrongTenant: Failure;
  lifeSeconds: number;
  status: number;
  encoding: string | null;
  ids: string[];
}

describe('the cloud on its ports', () => {
  let cloud: Cloud;
  let folder: string;
  let caFile: string;

  beforeAll(async () => {
    cloud = await startCloud({ seed: 11, tenants: 2, incidentsPerTenant: 40 });
    folder = mkdtempSync(join(tmpdir(), 'cloud-'));
    caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, cloud.caPem);
  });
  afterAll(async () => {
    await cloud.stop();
    rmSync(folder, { recursive: true });
  });

  test('the real Azure SDKs sign in, read the vault and reach Graph through it', async () => {
    const { entraUrl, graphUrl, vaultUrl, readerClientId, managedIdentityClientId, world } = cloud;
    const tenant = world.tenants[0]!;
    const { stdout } = await run(process.execPath, [join(__dirname, 'sdkCalls.mjs')], {
      env: {
        PATH: process.env.PATH,
        NODE_EXTRA_CA_CERTS: caFile,
        IDENTITY_ENDPOINT: cloud.identityEndpoint,
        IDENTITY_HEADER: cloud.identityHeader,
        CLOUD: JSON.stringify({
          entraUrl,
          graphUrl,
          vaultUrl,
          readerClientId,
          managedIdentityClientId,
          tenantId: tenant.tenantId,
        }),
      },
    });
    const results = JSON.parse(stdout) as SdkResults;
    expect(results.secret).toBe(cloud.state.registrations.reader.secrets[0]!.value);
    expect(results.disabled).toMatchObject({ name: 'RestError', statusCode: 403, code: 'Forbidden' });
    expect(results.missing).toMatchObject({ name: 'RestError', statusCode: 404, code: 'SecretNotFound' });
    expect(results.wrongSecret.message).toMatch(/invalid_client.*AADSTS7000215/s);
    expect(results.wrongTenant.message).toMatch(/AADSTS90002|invalid_request|endpoints/s);
    expect(results.lifeSeconds).toBeGreaterThan(3_500);
    expect(results).toMatchObject({ status: 200, encoding: 'gzip' });
    expect(new Set(results.ids)).toEqual(new Set(world.truth(tenant.tenantId).map(({ incidentId }) => incidentId)));
  });

  test('its certificate is not trusted without its authority, and is for both names of loopback with it', async () => {
    const status = (host: string, ca?: string): Promise<number | string> =>
      new Promise((resolve) => {
        const url = new URL(cloud.entraUrl);
        const sent = request(
          { host, port: url.port, path: '/', agent: false, ...(ca === undefined ? {} : { ca }) },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        sent.end();
      });
    expect(await status('127.0.0.1')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await status('127.0.0.1', cloud.caPem)).toBe(404);
    expect(await status('localhost', cloud.caPem)).toBe(404);
  });

  test('a token out of Entra opens the Defender API, which compresses its pages', async () => {
    const { tenantId } = cloud.world.tenants[0]!;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: cloud.readerClientId,
      client_secret: cloud.state.registrations.reader.secrets[0]!.value,
      scope: 'https://api.security.microsoft.com/.default',
    });
    const ask = (url: string, options: RequestOptions, body?: string): Promise<[IncomingMessage, Buffer]> =>
      new Promise((resolve, reject) => {
        const sent = request(url, { ca: cloud.caPem, agent: false, ...options }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve([response, Buffer.concat(chunks)]));
        });
        sent.on('error', reject);
        sent.end(body);
      });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const [, issued] = await ask(
      `${cloud.entraUrl}/${tenantId}/oauth2/v2.0/token`,
      { method: 'POST', headers },
      form.toString(),
    );
    const { access_token } = JSON.parse(issued.toString()) as { access_token: string };
    const [response, packed] = await ask(`${cloud.defenderUrl}/api/incidents`, {
      headers: { authorization: `Bearer ${access_token}`, 'accept-encoding': 'gzip' },
    });
    expect(response.statusCode).toBe(200);
    const { value } = JSON.parse(gunzipSync(packed).toString()) as { value: { incidentId: number }[] };
    expect(value.map(({ incidentId }) => String(incidentId)).sort()).toEqual(
      cloud.world
        .truth(tenantId)
        .map(({ incidentId }) => incidentId)
        .sort(),
    );
    expect(cloud.calls().services.defender).toEqual({ calls: 1, byStatus: { 200: 1 } });
  });

  test('its control port tells the truth over plain http', async () => {
    const answer = await fetch(`${cloud.controlUrl}/truth`);
    expect(await answer.json()).toEqual(cloud.world.truth());
  });

  test('a delay set at run time holds Graph back', async () => {
    cloud.change({ graphDelayMs: 120 });
    const started = performance.now();
    const status = await new Promise((resolve, reject) => {
      const sent = request(
        `${cloud.graphUrl}/v1.0/security/incidents`,
        { ca: cloud.caPem, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    cloud.change({ graphDelayMs: 0 });
    expect(status).toBe(401);
    expect(performance.now() - started).toBeGreaterThan(115);
  });
});

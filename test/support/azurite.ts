import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Azurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const answerWithinMs = 20_000;

/** Azurite as a process of its own on free ports of 127.0.0.1, its data in memory; SIGINT ends it cleanly. */
export const startAzurite = async (): Promise<Azurite> => {
  const [blob = 0, queue = 0, table = 0] = await freePorts(3);
  const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--silent', '--disableTelemetry'];
  const ports = ['--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`];
  const azurite = spawn(process.execPath, [require.resolve('azurite/dist/src/azurite.js'), ...options, ...ports], {
    stdio: 'ignore',
  });
  const ended = once(azurite, 'exit');
  const stop = async (): Promise<void> => {
    azurite.kill('SIGINT');
    await ended;
  };
  try {
    await Promise.all([blob, queue, table].map(answers));
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = (name: string, port: number): string => `${name}Endpoint=http://127.0.0.1:${port}/devstoreaccount1;`;
  const account = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${accountKey};`;
  return {
    connectionString: account + endpoint('Blob', blob) + endpoint('Queue', queue) + endpoint('Table', table),
    stop,
  };
};

/** All held at once, so that they differ. */
const freePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
};

const answers = async (port: number): Promise<void> => {
  const startedAt = Date.now();
  while (Date.now() - startedAt < answerWithinMs) {
    if (await isAnswering(port)) return;
    await pause(50);
  }
  throw new Error(`Azurite does not answer on port ${port}`);
};

const isAnswering = async (port: number): Promise<boolean> => {
  try {
    await fetch(`http://127.0.0.1:${port}/`);
    return true;
  } catch {
    return false;
  }
};

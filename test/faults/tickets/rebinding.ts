import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { sendBehind } from '../../../shared/delivery/guardedSend';

const allowed = '127.0.0.2';
const forbidden = '127.0.0.1';

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => done((server.address() as AddressInfo).port));
  });
const close = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));

/**
 * Real sockets: a name that leads to an address that is let through when asked first, and to another one when asked again. `allowed` stands for
 * a public address. @returns connections opened to the other
 */
export const connectionsToForbidden = async (calls: number): Promise<number> => {
  let opened = 0;
  const sockets: Socket[] = [];
  const good = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'));
  });
  const bad = createServer((socket) => {
    opened += 1;
    socket.destroy();
  });
  const port = await listen(good, allowed, 0);
  await listen(bad, forbidden, port);
  let asked = 0;
  const lookup = () => Promise.resolve([{ address: (asked += 1) % 2 === 1 ? allowed : forbidden, family: 4 }]);
  const guard = { faultOf: () => undefined, mayConnect: (address: string) => address === allowed };
  const send = sendBehind(guard, { log: { warn: () => undefined }, lookup });
  try {
    for (let call = 0; call < calls; call += 1)
      await send({ method: 'GET', url: `http://rebinding.example:${port}/`, headers: {}, timeoutMs: 2_000 }).catch(
        () => undefined,
      );
  } finally {
    for (const socket of sockets) socket.destroy();
    await Promise.all([close(good), close(bad)]);
  }
  return opened;
};

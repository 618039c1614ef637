import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';

/** Counts whoever opens a connection; says a little HTTP, so that nobody waits. */
export interface Listener {
  readonly port: number;
  opened(): number;
  stop(): Promise<void>;
}

export const listen = async (): Promise<Listener> => {
  let opened = 0;
  const sockets = new Set<Socket>();
  const serve = (): Server =>
    createServer((socket) => {
      opened += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    });
  const four = serve().listen(0, '0.0.0.0');
  await once(four, 'listening');
  const { port } = four.address() as AddressInfo;
  const six = serve().listen({ port, host: '::', ipv6Only: true });
  const both = await once(six, 'listening').then(
    () => [four, six],
    // A machine without IPv6.
    () => [four],
  );
  return {
    port,
    opened: () => opened,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(both.map((server) => once(server.close(), 'close')));
    },
  };
};

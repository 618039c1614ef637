import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface DelayProxy {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Forwards a free port of 127.0.0.1 to `port`, handing on what clients send `delayMs` later. HTTP clients keep one request at a time
 * on a connection, so every call takes `delayMs` longer. It looks at no byte, so signatures hold and it costs next to nothing.
 */
export const startDelayProxy = async (port: number, delayMs: number): Promise<DelayProxy> => {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.setNoDelay(true));
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const service = keep(connect(port, '127.0.0.1'));
    keep(client);
    // Timers of one length fire in the order they were set, so chunks keep theirs.
    client.on('data', (chunk) => setTimeout(() => !service.destroyed && service.write(chunk), delayMs));
    client.on('close', () => service.destroy()).on('error', () => service.destroy());
    service.on('data', (chunk) => client.write(chunk));
    service.on('close', () => client.destroy()).on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
};

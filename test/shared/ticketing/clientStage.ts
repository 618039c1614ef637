import type { FakeTool } from '../../../local/tools/fakeTool';
import type { Connection } from '../../../shared/model/connection';
import type { OutgoingRequest, Send } from '../../../shared/ports';
import { undiciSend } from '../../../shared/send';
import type { Connector, ToolDefinition } from '../../../shared/ticketing/connector';

export interface ClientStage {
  readonly connector: Connector;
  /** What went out, oldest first. */
  readonly asked: readonly OutgoingRequest[];
  /** Moves the clock of connector and fake. */
  readonly later: (ms: number) => void;
}

export interface StageOptions {
  readonly definition: Extract<ToolDefinition, { delivers: 'state' }>;
  readonly tool: Pick<FakeTool, 'url'>;
  readonly connection: Partial<Connection>;
  readonly secret: string;
  readonly clock: { ms: number };
  /** In front of the fake. */
  readonly through?: (send: Send) => Send;
}

/** A connector over HTTP, and everything it asks. */
export const clientStage = ({
  definition,
  tool,
  connection,
  secret,
  clock,
  through = (send) => send,
}: StageOptions): ClientStage => {
  const overHttp = undiciSend();
  const asked: OutgoingRequest[] = [];
  const send = through(overHttp);
  const connector = definition.connect({
    connection: {
      scope: '0f9d3a52-7a30-4f8e-9d0c-3a4b5c6d7e8f',
      connectionId: 'tickets',
      url: tool.url,
      mapping: {},
      ...connection,
    } as Connection,
    secret: () => Promise.resolve(secret),
    signingSecrets: () => Promise.resolve([]),
    send: (request) => {
      asked.push(request);
      return send(request);
    },
    clock: { now: () => clock.ms, elapsedMs: () => clock.ms },
  });
  return { connector, asked, later: (ms) => void (clock.ms += ms) };
};

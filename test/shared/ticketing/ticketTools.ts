import type { FakeTool } from '../../../local/tools/fakeTool';
import type { AppError } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import { undiciSend } from '../../../shared/send';
import type { Connector, ToolDefinition } from '../../../shared/ticketing/connector';

type Given = Partial<Pick<Connection, 'auth' | 'mapping' | 'outbound'>>;

/** A connector on a fake, as its own tests want it; what all tools promise is in connectorContract.ts. */
export const connectTo = (
  definition: ToolDefinition,
  tool: FakeTool,
  given: Given,
  { secret, signingSecrets = [], now }: { secret: string; signingSecrets?: readonly string[]; now: () => number },
): Connector => {
  if (definition.delivers !== 'state') throw new Error('it keeps no tickets');
  return definition.connect({
    connection: {
      scope: '0f9d3a52-7a30-4f8e-9d0c-3a4b5c6d7e8f',
      connectionId: 'tickets',
      tool: definition.tool,
      enabled: true,
      audience: 'customer',
      since: '2026-11-01T00:00:00.0000000Z' as Connection['since'],
      backlog: 'none',
      url: tool.url,
      inbound: {
        scheme: definition.schemes[0]!,
        closes: { upTo: 'high', else: 'propose' },
        reopens: true,
        comments: 'all',
      },
      outbound: { events: ['created'], comments: 'all', as: 'internal' },
      filters: {},
      mapping: {},
      ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'latest' },
      contract: { send: [] },
      settleSeconds: 0,
      excludeTenants: [],
      hookId: '00112233445566778899aabbccddeeff',
      createdAt: '2026-11-01T00:00:00.000Z',
      ...given,
    },
    secret: () => Promise.resolve(secret),
    signingSecrets: () => Promise.resolve(signingSecrets),
    send: undiciSend(),
    clock: { now, elapsedMs: now },
  });
};

export const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('it went well');
  return outcome as AppError;
};

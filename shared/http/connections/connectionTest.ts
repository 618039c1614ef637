import { z } from 'zod';
import type { ConnectionTest } from '../../ticketing/testConnection/testConnection';
import { testConnection } from '../../ticketing/testConnection/testConnection';
import { webhookUrlOf } from './connectionView';
import type { FoundConnection } from './pathConnection';
import type { HttpServices } from '../services';

const longestWaitSeconds = 30;

export const connectionTestBody = z.strictObject({
  /** For the tool's own webhook. */
  waitSeconds: z.int().min(0).max(longestWaitSeconds).default(longestWaitSeconds),
});

/** @throws UpstreamError where storage is away; what the tool does wrong is told step by step */
export const connectionTest = (
  services: HttpServices,
  { connection, tenant }: FoundConnection,
  waitSeconds: number,
): Promise<ConnectionTest> => {
  const { config, storage, connectionSecrets, targetSend } = services;
  return testConnection(
    { ...services, secrets: connectionSecrets, send: targetSend, inbox: storage.inbox },
    { connection, tenant, webhookUrl: webhookUrlOf(connection.hookId, config), waitSeconds },
  );
};

import type { InvocationContext } from '@azure/functions';
import type { Answer } from '../../shared/http/answers';
import { ok } from '../../shared/http/answers';
import { hookMethod } from '../../shared/http/hookMethod';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import type { Log, LogFields } from '../../shared/ports';
import type { Received } from '../../shared/receive/receiveWebhook';
import { receiveWebhook as receive } from '../../shared/receive/receiveWebhook';
import { inbox } from '../../shared/store/inbox';
import { services } from '../services';

export const receiveWebhook: Route = {
  name: 'receiveWebhook',
  path: 'webhooks/{hookId}',
  methods: {
    POST: hookMethod({
      summary:
        'Where a ticket tool tells what happened: signed as its connection says. 202 whatever comes of it, 401 alike for whatever does not prove itself',
      handler: async ({ services: using, params, headers, body, context }) => {
        const { storage } = using;
        const deps = {
          ...using,
          inbox: inbox(storage.inbox),
          received: storage.received,
          inboxQueue: storage.inboxQueue,
          log: logOf(context),
        };
        return answerOf(await receive(deps, { hookId: params.hookId ?? '', headers, body }));
      },
    }),
  },
};

/** Zendesk comes again only where it has to wait for less than a minute. */
const waitSeconds = '5';

const answerOf = (received: Received): Answer => {
  switch (received.kind) {
    case 'accepted':
    case 'duplicate':
    case 'ignored':
      return { status: 202 };
    case 'challenge':
      return ok({ challenge: received.challenge });
    case 'refused':
      return { status: 401 };
    case 'tooMany':
      return { status: 429, headers: { 'retry-after': waitSeconds } };
  }
};

/** One line each: an object as second argument would be spread over many. */
const logOf = (context: InvocationContext): Log => {
  const line = (message: string, fields: LogFields = {}): string => `${message} ${JSON.stringify(fields)}`;
  return {
    info: (message, fields) => context.info(line(message, fields)),
    warn: (message, fields) => context.warn(line(message, fields)),
    error: (message, fields) => context.error(line(message, fields)),
  };
};

route(services, receiveWebhook);

// Tells the relay what became of a ticket:
// URL=https://…/api/webhooks/… SECRET=whsec_… node tell.mjs '{"type":"ticket.closed","ticketId":"…","author":"anna"}'
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const now = new Date();
const body = JSON.stringify({
  occurredAt: now.toISOString(),
  version: now.getTime(),
  ...JSON.parse(process.argv[2] ?? '{}'),
});
const id = `msg_${randomUUID()}`;
const answer = await fetch(process.env.URL, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(process.env.SECRET).sign(id, now, body),
  },
  body,
});
console.log(answer.status);

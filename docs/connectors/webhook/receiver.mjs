// A receiver of the relay's events: npm install standardwebhooks, then SECRET=whsec_… PORT=8080 node receiver.mjs
import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** One key, or two with a comma between while you turn it. */
const webhooks = (process.env.SECRET ?? '').split(',').map((secret) => new Webhook(secret));
/** Ids that were worked off: keep them in your database, a retry carries the same one. */
const seen = new Set();

const verified = (body, headers) =>
  webhooks.some((webhook) => {
    try {
      webhook.verify(body, headers, { jsonParse: false });
      return true;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  });

const server = createServer(async (request, response) => {
  const chunks = [];
  // The bytes as they came: a body that was parsed and written again has another signature.
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  if (!verified(body, request.headers)) return response.writeHead(401).end();
  const event = JSON.parse(body);
  if (!seen.has(event.id)) {
    seen.add(event.id);
    const { status, severity, displayName } = event.data;
    console.log(
      JSON.stringify({ type: event.type, source: event.source, subject: event.subject, status, severity, displayName }),
    );
  }
  // Whatever takes longer than some seconds belongs after the answer.
  response.writeHead(204).end();
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
  console.log(`listening on ${server.address().port}`),
);

import type { AppFunction } from './appFunction';
import type { AdminHandler } from './http/server';
import type { Answer } from './http/convert';
import type { Invoke } from './invoke';
import { manualTimerPayload } from './timers/timers';

/**
 * Runs a timer or queue function now and resolves when it ended; `input` is the message's text for a queue.
 * @throws InvocationError what the function threw · Error for another kind of function
 */
export async function runByHand(invoke: Invoke, target: AppFunction, input: string): Promise<void> {
  if (target.trigger.type === 'timertrigger') {
    await invoke(target, { trigger: { json: manualTimerPayload(target) } });
  } else if (target.trigger.type === 'queuetrigger') {
    await invoke(target, {
      trigger: { string: input },
      triggerMetadata: { QueueTrigger: { string: input }, DequeueCount: { json: '1' } },
    });
  } else {
    throw new Error(
      `local/host runs timer and queue functions by hand, not ${target.trigger.options.type} (function ${target.name}).`,
    );
  }
}

/**
 * The admin routes `func start` offers, as far as they serve local work: `GET /admin/host/status`,
 * `GET /admin/functions` and `POST /admin/functions/{name}` with `{"input": "…"}`, which answers 202 and does not wait.
 */
export function createAdmin(
  functions: readonly AppFunction[],
  run: (target: AppFunction, input: string) => void,
  origin: string,
): AdminHandler {
  return (method, path, body) => {
    const [root, area, name, ...rest] = path.toLowerCase().split('/').slice(1);
    if (root !== 'admin') return undefined;
    if (rest.length > 0) return json(404);
    if (method === 'GET' && area === 'host' && name === 'status') {
      return json(200, { state: 'Running', version: '4.1048.200.1', functionsCount: functions.length });
    }
    if (area !== 'functions') return json(404);
    if (method === 'GET' && name === undefined)
      return json(
        200,
        functions.map((each) => describe(each, origin)),
      );
    const target = functions.find((candidate) => candidate.name.toLowerCase() === name);
    if (!target) return json(404);
    if (method === 'GET') return json(200, describe(target, origin));
    if (method !== 'POST') return json(404);
    const input = readInput(body);
    if (input === undefined)
      return json(400, { error: 'The body must be a JSON object with an optional text "input".' });
    if (!['timertrigger', 'queuetrigger'].includes(target.trigger.type)) {
      return json(400, {
        error: `local/host runs timer and queue functions by hand, not ${target.trigger.options.type}.`,
      });
    }
    run(target, input);
    return { status: 202, headers: [], body: undefined };
  };
}

function describe(target: AppFunction, origin: string) {
  return {
    name: target.name,
    href: `${origin}/admin/functions/${target.name}`,
    config: { bindings: Object.values(target.metadata.bindings) },
    language: 'node',
    isDisabled: false,
  };
}

function readInput(body: Buffer | undefined): string | undefined {
  if (!body) return '';
  try {
    const content: unknown = JSON.parse(body.toString('utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const input = (content as { input?: unknown }).input ?? '';
    return typeof input === 'string' ? input : undefined;
  } catch {
    return undefined;
  }
}

function json(status: number, body?: unknown): Answer {
  if (body === undefined) return { status, headers: [], body: undefined };
  return {
    status,
    headers: [['content-type', 'application/json; charset=utf-8']],
    body: Buffer.from(JSON.stringify(body)),
  };
}

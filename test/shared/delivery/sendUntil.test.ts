import { sendUntil } from '../../../shared/delivery/sendUntil';
import { UpstreamError } from '../../../shared/errors';
import type { OutgoingRequest } from '../../../shared/ports';

const request: OutgoingRequest = { method: 'GET', url: 'https://tool.example', headers: {}, timeoutMs: 30_000 };

const at = (elapsedMs: number) => {
  const sent: OutgoingRequest[] = [];
  const clock = { now: () => 0, elapsedMs: () => elapsedMs };
  const send = sendUntil(
    (asked) => {
      sent.push(asked);
      return Promise.resolve({ status: 200, headers: {}, body: '' });
    },
    clock,
    90_000,
  );
  return { send, sent };
};

test('a call keeps its own time where there is enough', async () => {
  const { send, sent } = at(10_000);
  await send(request);
  expect(sent[0]?.timeoutMs).toBe(30_000);
});

test('a call is cut to what is left, and not begun where that is too little', async () => {
  const { send, sent } = at(80_000);
  await send(request);
  expect(sent[0]?.timeoutMs).toBe(10_000);
  const late = at(89_000);
  await expect(late.send(request)).rejects.toBeInstanceOf(UpstreamError);
  expect(late.sent).toEqual([]);
});

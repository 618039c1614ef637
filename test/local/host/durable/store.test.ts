import { createInstance, type Instance } from '../../../../local/host/durable/instance';
import { createStore } from '../../../../local/host/durable/store';
import { EventType } from '../../../../local/host/durable/history';

function ended(id: string, events = 0): Instance {
  const instance = createInstance({ id, name: 'o', version: '', input: 'null' }, 0);
  for (let index = 0; index < events; index++) instance.history.add({ EventType: EventType.OrchestratorStarted }, 0);
  instance.status = 'Completed';
  return instance;
}

it('keeps the last 10,000 ended instances and every live one', () => {
  const store = createStore();
  const live = createInstance({ id: 'live', name: 'o', version: '', input: 'null' }, 0);
  store.put(live);
  for (let index = 0; index < 10_003; index++) {
    const instance = ended(`i${index}`);
    store.put(instance);
    store.noteEnded(instance);
  }
  expect(store.list({})).toHaveLength(10_001);
  expect([store.get('i2'), store.get('i3')?.id, store.get('live')]).toEqual([undefined, 'i3', live]);
});

it('drops the oldest histories beyond 5,000 events, and keeps their instances', () => {
  const store = createStore();
  const old = ended('old', 4_000);
  const young = ended('young', 4_000);
  for (const instance of [old, young]) {
    store.put(instance);
    store.noteEnded(instance);
  }
  expect([old.history.events.length, young.history.events.length]).toEqual([0, 4_000]);
  expect(store.get('old')).toBe(old);
});

it('an instance that takes the place of an ended one is not dropped for it', () => {
  const store = createStore();
  const first = ended('same');
  store.put(first);
  store.noteEnded(first);
  const second = createInstance({ id: 'same', name: 'o', version: '', input: 'null' }, 0);
  store.put(second);
  for (let index = 0; index < 10_001; index++) {
    const instance = ended(`i${index}`);
    store.put(instance);
    store.noteEnded(instance);
  }
  expect(store.get('same')).toBe(second);
});

import { z } from 'zod';
import { ContractError, messageOf } from '../../../shared/errors';
import { instant, readAs } from '../../../shared/ticketing/readAnswer';
import { toolSettings } from '../../../shared/ticketing/toolSettings';

const settings = toolSettings({ where: z.string().min(3), how: z.enum(['a', 'b']).optional() });

test('settings are those of the tool and no others', () => {
  expect(settings.schema.safeParse({ where: 'here' })).toEqual({ success: true, data: { where: 'here' } });
  for (const wrong of [{}, { where: 'x' }, { where: 'here', how: 'c' }, { where: 'here', more: 'y' }])
    expect(settings.schema.safeParse(wrong).success).toBe(false);
});

test('settings kept before a rule of today are refused by name, without their values', () => {
  expect(settings.read({ mapping: { settings: { where: 'here', how: 'b' } } })).toEqual({ where: 'here', how: 'b' });
  let thrown: unknown;
  try {
    settings.read({ mapping: { settings: { where: 'x?' } } });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
  expect(messageOf(thrown)).toMatch(/: where$/);
});

test('an answer in another shape names the path and never the value', () => {
  const shape = z.object({ ticket: z.object({ id: z.number() }) });
  expect(readAs(shape, { ticket: { id: 7 } }, 'The tool')).toEqual({ ticket: { id: 7 } });
  expect(() => readAs(shape, { ticket: { id: 'secret words' } }, 'The tool')).toThrow(
    new ContractError('The tool has an unknown shape at ticket.id'),
  );
  expect(() => readAs(shape, null, 'The tool')).toThrow(ContractError);
});

test('an instant has one form, so that versions compare as text', () => {
  expect(instant('2026-11-20T12:00:00Z', 'x')).toBe('2026-11-20T12:00:00.000Z');
  expect(instant('2026-11-20T13:00:00.5+01:00', 'x')).toBe('2026-11-20T12:00:00.500Z');
  for (const none of ['yesterday', '2026', '2026-11-20T12:00:00', '2026-13-40T12:00:00Z'])
    expect(() => instant(none, 'x')).toThrow(ContractError);
});

import type { AppFunction, NamedBinding } from './appFunction';
import { textOption } from './appFunction';
import type { RegisteredFunction } from './functionsCore';
import type { HostJson } from './hostJson';
import { checkRoutes } from './http/checkRoutes';
import { parseNcrontab } from './timers/ncrontab';
import type { BindingInfo } from './rpc';
import { connectionString, resolvePercent, type Settings } from './settings';

/** The host's own rule: a letter, then letters, digits, _ and -, 128 at most, and not "host". */
const validName = /^(?!host$)[a-z][a-z0-9_-]{0,127}$/i;

const triggers = ['httptrigger', 'timertrigger', 'queuetrigger', 'orchestrationtrigger', 'activitytrigger'];
const inputs = ['durableclient', 'orchestrationclient'];
const outputs = ['http', 'queue'];
/** What the host itself can do; every other type comes with the extension bundle. */
const builtIn = ['httptrigger', 'timertrigger', 'http'];

/** Turns what the app registered into functions that can run. Every fault names its function; with one fault none may run. */
export function checkFunctions(
  registered: readonly RegisteredFunction[],
  hostJson: HostJson,
  settings: Settings,
): { functions: AppFunction[]; faults: string[] } {
  const faults: string[] = [];
  const functions = registered.flatMap((candidate) => toAppFunction(candidate, settings, faults));
  if (registered.length === 0) faults.push('The app registered no function.');
  faults.push(...duplicateNames(functions), ...checkRoutes(functions));
  for (const candidate of functions) faults.push(...checkFunction(candidate, hostJson, settings));
  return { functions, faults };
}

function toAppFunction(
  { metadata, callback }: RegisteredFunction,
  settings: Settings,
  faults: string[],
): AppFunction[] {
  const bindings = Object.entries(metadata.bindings).map(([name, binding]): NamedBinding & { direction: string } => ({
    name,
    type: binding.type.toLowerCase(),
    direction: binding.direction ?? 'in',
    options: resolveOptions(binding, settings, (setting) =>
      faults.push(`${metadata.name}: '%${setting}%' does not resolve to a value.`),
    ),
  }));
  const trigger = bindings.find(({ type }) => type.endsWith('trigger'));
  if (!trigger) {
    faults.push(`${metadata.name}: no trigger.`);
    return [];
  }
  const others = bindings.filter((binding) => binding !== trigger);
  return [
    {
      name: metadata.name,
      metadata,
      callback,
      trigger,
      inputs: others.filter(({ direction }) => direction === 'in'),
      outputs: others.filter(({ direction }) => direction !== 'in'),
    },
  ];
}

function resolveOptions(binding: BindingInfo, settings: Settings, onMissing: (setting: string) => void): BindingInfo {
  const resolved = Object.entries(binding).map(([option, value]) => [
    option,
    typeof value === 'string' ? resolvePercent(value, settings, onMissing) : value,
  ]);
  return { ...(Object.fromEntries(resolved) as Record<string, unknown>), type: binding.type };
}

function duplicateNames(functions: readonly AppFunction[]): string[] {
  const seen = new Map<string, string>();
  return functions.flatMap(({ name }) => {
    const earlier = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    return earlier === undefined
      ? []
      : [`${name}: the name is used by two functions (${earlier}; case does not count).`];
  });
}

function checkFunction(candidate: AppFunction, hostJson: HostJson, settings: Settings): string[] {
  const { name, trigger } = candidate;
  const faults: string[] = [];
  if (!validName.test(name)) {
    faults.push(`${name}: invalid name: a letter, then letters, digits, _ or -, 128 characters at most.`);
  }
  const bindings: [readonly NamedBinding[], string[]][] = [
    [[trigger], triggers],
    [candidate.inputs, inputs],
    [candidate.outputs, outputs],
  ];
  for (const [some, supported] of bindings) {
    for (const binding of some) {
      if (!supported.includes(binding.type)) {
        faults.push(`local/host does not support ${binding.options.type} (function ${name}).`);
      } else if (!hostJson.hasExtensionBundle && !builtIn.includes(binding.type)) {
        faults.push(`${name}: ${binding.options.type} needs "extensionBundle" in host.json.`);
      }
    }
  }
  if (trigger.type === 'timertrigger') faults.push(...checkSchedule(name, trigger));
  for (const binding of [trigger, ...candidate.outputs]) {
    if (['queuetrigger', 'queue'].includes(binding.type)) faults.push(...checkQueue(name, binding, settings));
  }
  return faults;
}

function checkSchedule(name: string, trigger: NamedBinding): string[] {
  try {
    parseNcrontab(textOption(trigger, 'schedule') ?? '');
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : 'invalid schedule'}`];
  }
}

/** Azure's rule: 3 to 63 lower-case letters, digits and single hyphens, a letter or digit at both ends. */
const validQueueName = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

function checkQueue(name: string, binding: NamedBinding, settings: Settings): string[] {
  const queueName = textOption(binding, 'queueName') ?? '';
  const connection = textOption(binding, 'connection') ?? 'AzureWebJobsStorage';
  const faults: string[] = [];
  if (queueName.includes('{'))
    faults.push(`local/host does not support binding expressions in queueName "${queueName}" (function ${name}).`);
  else if (!validQueueName.test(queueName)) faults.push(`${name}: invalid queue name "${queueName}".`);
  if (connectionString(connection, settings) === undefined) {
    const identityBased = settings[`${connection}__queueServiceUri`] ?? settings[`${connection}__accountName`];
    faults.push(
      identityBased === undefined
        ? `${name}: the connection setting ${connection} has no value.`
        : `local/host does not support identity-based connections (${connection}, function ${name}).`,
    );
  }
  return faults;
}

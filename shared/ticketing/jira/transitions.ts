import { z } from 'zod';
import type { JiraSettings } from './settings';
import type { Destination, JiraStatus } from './status';
import { fromJiraStatus, isName } from './status';

const field = z.object({
  required: z.boolean().default(false),
  hasDefaultValue: z.boolean().default(false),
  allowedValues: z.array(z.object({ name: z.string().optional() })).default([]),
});

const transition = z.object({
  id: z.string(),
  to: z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }) }),
  fields: z.record(z.string(), field).default({}),
});

/** @see https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (`GET …/transitions?expand=transitions.fields`) */
export const transitionList = z.object({ transitions: z.array(transition) });

export type Transition = z.output<typeof transition>;

export const targetOf = ({ to }: Transition): JiraStatus => ({ name: to.name, category: to.statusCategory.key });

/** The way there, or a step towards it through open statuses; never to one that was `seen`. Undefined: there is none. */
export const nextTransition = (
  all: readonly Transition[],
  { word, name }: Destination,
  seen: readonly string[],
  settings: JiraSettings,
): Transition | undefined => {
  const open = all.filter((each) => canFill(each) && !seen.some((passed) => isName(each.to.name, passed)));
  const direct = open.find((each) =>
    name === undefined ? fromJiraStatus(targetOf(each), settings) === word : isName(each.to.name, name),
  );
  const through = (category: string) => open.find(({ to }) => to.statusCategory.key === category);
  return direct ?? through('indeterminate') ?? through('new');
};

/** A screen that wants more than a resolution cannot be filled in by us. */
const canFill = ({ fields }: Transition): boolean =>
  Object.entries(fields).every(
    ([name, { required, hasDefaultValue }]) => name === 'resolution' || !required || hasDefaultValue,
  );

/** Only where the transition's screen has it: the first wanted one the project knows, or any where one is required. */
export const resolutionFor = ({ fields }: Transition, wanted: readonly string[]): string | undefined => {
  const { resolution } = fields;
  if (resolution === undefined) return undefined;
  const names = resolution.allowedValues.flatMap(({ name }) => (name === undefined ? [] : [name]));
  for (const want of wanted) {
    const known = names.find((name) => isName(name, want));
    if (known !== undefined) return known;
  }
  return resolution.required && !resolution.hasDefaultValue ? names[0] : undefined;
};

import type { Access } from '../permissions';
import { titleOf } from '../permissions';

/** A line of the consent page for each permission: what it is for a reader, and its exact name. */
export function consentTexts(access: readonly Access[]): { title: string; detail: string }[] {
  return access.flatMap(({ resource, roles, scopes }) => [
    ...roles.map((name) => ({
      title: titleOf(name),
      detail: `${resource.displayName} · ${name} · as the application, without a signed-in user`,
    })),
    ...scopes.map((name) => ({
      title: titleOf(name),
      detail: `${resource.displayName} · ${name} · in the name of the signed-in user`,
    })),
  ]);
}

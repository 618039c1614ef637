import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../failure';
import { readPrivate, writePrivate } from './privateFile';
import { profileName, profileShape } from './profile';

const fileShape = z.object({
  current: profileName.nullable(),
  profiles: z.record(profileName, profileShape),
});

export type ProfileFile = z.output<typeof fileShape>;

export const profilesPath = (folder: string): string => join(folder, 'profiles.json');

/** Where the tokens of one profile are kept. */
export const tokensPath = (folder: string, name: string): string => join(folder, 'tokens', `${name}.json`);

/** @throws Failure where the file cannot be used */
export const readProfiles = (folder: string): ProfileFile => {
  const path = profilesPath(folder);
  const text = readPrivate(path);
  if (text === undefined) return { current: null, profiles: {} };
  try {
    return fileShape.parse(JSON.parse(text));
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? (cause.issues[0]?.path.join('.') ?? '') : 'it is not JSON';
    throw new Failure(`${path} cannot be understood (${detail}).`, {
      code: 'ERR_PROFILE',
      cure: 'Correct it, or delete it and add the profiles again.',
      cause,
    });
  }
};

export const writeProfiles = (folder: string, file: ProfileFile): void =>
  writePrivate(profilesPath(folder), `${JSON.stringify(file, null, 2)}\n`);

import { z } from 'zod';
import { toolSettings } from '../toolSettings';

export const githubSettings = toolSettings({
  repository: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[\w.-]{1,100}$/,
      'owner/name of a repository, without https://',
    ),
  /** Everybody on the internet reads the issues of a public repository, so nothing is written to one unless this allows it. */
  publicRepository: z.literal('allowed').optional(),
});
export type GithubSettings = ReturnType<typeof githubSettings.read>;

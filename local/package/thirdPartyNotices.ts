import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });

/** The licence text of each package folder (relative to `root`): bundling drops the files that carry them. */
export async function thirdPartyNotices(root: string, folders: readonly string[]): Promise<string> {
  const notices = await Promise.all(folders.map((folder) => noticeOf(join(root, folder))));
  return `This package contains the following software.\n\n${[...new Set(notices)].join('\n\n')}\n`;
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const file = (await readdir(folder)).sort().find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? '' : `\n\n${(await readFile(join(folder, file), 'utf8')).trim()}`;
  return `---- ${name} ${version} (${license ?? 'see below'})${text}`;
}

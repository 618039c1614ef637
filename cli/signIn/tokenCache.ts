import type { ICachePlugin } from '@azure/msal-node';
import { readPrivate, writePrivate } from '../profiles/privateFile';

/** Keeps MSAL's cache, refresh token included, in a file of the user alone. @throws Failure where others could read it */
export const fileCache = (path: string): ICachePlugin => ({
  beforeCacheAccess: (context) => {
    const text = readPrivate(path);
    if (text !== undefined) context.tokenCache.deserialize(text);
    return Promise.resolve();
  },
  afterCacheAccess: (context) => {
    if (context.cacheHasChanged) writePrivate(path, context.tokenCache.serialize());
    return Promise.resolve();
  },
});

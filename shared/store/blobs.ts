import type { ContainerClient } from '@azure/storage-blob';
import { RestError } from '@azure/storage-blob';
import { UpstreamError } from '../errors';
import type { Blobs } from '../ports';

/** Blobs of one container. */
export const azureBlobs = (container: ContainerClient): Blobs => ({
  put: async (name, content) => {
    try {
      await container.getBlockBlobClient(name).uploadData(content);
    } catch (cause) {
      throw new UpstreamError('A body could not be written to blob storage', { cause });
    }
  },
  get: async (name) => {
    try {
      return await container.getBlockBlobClient(name).downloadToBuffer();
    } catch (cause) {
      if (cause instanceof RestError && cause.statusCode === 404) return undefined;
      throw new UpstreamError('A body could not be read from blob storage', { cause });
    }
  },
  delete: async (name) => {
    try {
      await container.getBlockBlobClient(name).deleteIfExists();
    } catch (cause) {
      throw new UpstreamError('A body could not be deleted from blob storage', { cause });
    }
  },
});

import { BlobServiceClient } from '@azure/storage-blob';
import { UpstreamError } from '../../../shared/errors';
import type { Blobs } from '../../../shared/ports';
import { azureBlobs } from '../../../shared/store/blobs';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';

let storage: AzuriteStorage;
let blobs: Blobs;
beforeAll(async () => {
  storage = await startStorage();
  blobs = storage.bodies;
});
afterAll(() => storage.stop());

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31) % 251);

test.each([1, 1_000, 5_000_000])('a blob of %i bytes comes back as it was', async (length) => {
  await blobs.put(`tenant/i_1/${length}`, bytes(length));
  expect(Buffer.compare((await blobs.get(`tenant/i_1/${length}`))!, bytes(length))).toBe(0);
});

test('writing under a name again replaces what was there', async () => {
  await blobs.put('twice', bytes(10));
  await blobs.put('twice', bytes(3));
  expect(await blobs.get('twice')).toHaveLength(3);
});

test('a blob that is not there is undefined, and deleting it is no error', async () => {
  expect(await blobs.get('nowhere')).toBeUndefined();
  await blobs.delete('nowhere');
  await blobs.put('gone', bytes(3));
  await blobs.delete('gone');
  expect(await blobs.get('gone')).toBeUndefined();
});

test('names with the characters of keys and versions are names of their own', async () => {
  const names = ['t/i_1/2026-11-20T070001.0000000Z', 't/i_x=00e9=0020/v', 't/i_x=00e9/v'];
  for (const [at, name] of names.entries()) await blobs.put(name, bytes(at + 1));
  for (const [at, name] of names.entries()) expect(await blobs.get(name)).toHaveLength(at + 1);
});

test('a service that is away is passing', async () => {
  const away = storage.azurite.connectionString.replace(
    /BlobEndpoint=http:\/\/127.0.0.1:\d+/,
    'BlobEndpoint=http://127.0.0.1:1',
  );
  const options = { retryOptions: { maxTries: 1 } };
  const none = azureBlobs(BlobServiceClient.fromConnectionString(away, options).getContainerClient('bodies'));
  await expect(none.get('a')).rejects.toBeInstanceOf(UpstreamError);
  await expect(none.put('a', bytes(1))).rejects.toBeInstanceOf(UpstreamError);
  await expect(none.delete('a')).rejects.toBeInstanceOf(UpstreamError);
});

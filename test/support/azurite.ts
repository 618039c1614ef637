export type { Azurite } from '../../local/azurite';
export { startAzurite } from '../../local/azurite';

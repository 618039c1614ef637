import type { Gap } from '../model/cursor';
import { lengthMs } from '../sync/coverage/span';

/** How much time is still to be read: less of it is progress, however it is cut. */
export const unreadMs = (left: readonly Gap[]): number => left.reduce((sum, gap) => sum + lengthMs(gap), 0);

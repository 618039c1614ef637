import { UpstreamError } from '../../shared/errors';
import type { MemoryTable } from './memoryTable';

export interface Faults {
  /** Operations so far. */
  count: number;
  /** The operation (from 1) that fails; 0: none. */
  at: number;
  /** `before`: nothing was written · `after`: it was written and the answer was lost. */
  when: 'before' | 'after';
}

/** A table whose nth operation fails, either before it is done or with its answer lost. */
export const faultyTable = (table: MemoryTable, faults: Faults): MemoryTable => {
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    faults.count += 1;
    const fails = faults.count === faults.at;
    if (fails && faults.when === 'before') throw new UpstreamError('503 before');
    const result = await work();
    if (fails) throw new UpstreamError('503 after');
    return result;
  };
  return {
    ...table,
    get: (...args) => guard(() => table.get(...args)),
    write: (operation) => guard(() => table.write(operation)),
    writeBatch: (operations) => guard(() => table.writeBatch(operations)),
  };
};

/** What is fast and wrong is not fast. @throws Error */
export const expectEqual = (what: string, found: number, expected: number): void => {
  if (found !== expected) throw new Error(`${what}: ${found}, expected ${expected}`);
};

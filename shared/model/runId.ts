const shape = /^(\d{13})-[0-9a-z]{8,32}$/;

/** A run's id: its start in milliseconds since 1970, then a random part; so its row can be found from the id alone. */
export const newRunId = (nowMs: number, random: string): string =>
  `${nowMs.toString().padStart(13, '0')}-${random.slice(0, 12).toLowerCase()}`;

/** The start inside a run id, or undefined where `runId` is none of ours. */
export const runIdTime = (runId: string): number | undefined => {
  const match = shape.exec(runId);
  return match ? Number(match[1]) : undefined;
};

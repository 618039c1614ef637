import type { Json } from '../../model/incident';

/** An id as text, as Graph has it. A negative number is none, one beyond 2⁵³ has lost digits: those stay, for the reader to refuse. */
export const idText = (value: Json): Json =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;

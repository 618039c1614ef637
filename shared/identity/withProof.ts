import { AuthError } from '../errors';
import type { Proof, Proofs } from './proof';

/** A refused proof has at most two others in its place: what the vault holds by now, and what it held before. */
const maxProofs = 3;

/** Works with an application's proof as it stands, again with another where Entra refuses it. Throws what `work` throws last. */
export const withProof = async <T>(proofs: Proofs, work: (proof: Proof) => Promise<T>): Promise<T> => {
  let proof = await proofs.current();
  for (let tried = 1; ; tried += 1) {
    try {
      return await work(proof);
    } catch (error) {
      if (!isRefusal(error) || tried === maxProofs) throw error;
      const other = await proofs.instead(proof);
      if (other === undefined) throw error;
      proof = other;
    }
  }
};

const isRefusal = (error: unknown): boolean => error instanceof AuthError && error.reason === 'credentialRejected';

import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './clear.proof.ts';

prove(proofs, await openProofDevices());

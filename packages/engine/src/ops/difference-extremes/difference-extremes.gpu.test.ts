import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './difference-extremes.proof.ts';

prove(proofs, await openProofDevices());

import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './copy.proof.ts';

prove(proofs, await openProofDevices());

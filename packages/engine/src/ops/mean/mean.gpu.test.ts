import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './mean.proof.ts';

prove(proofs, await openProofDevices());

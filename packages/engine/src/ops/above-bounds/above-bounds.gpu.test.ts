import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './above-bounds.proof.ts';

prove(proofs, await openProofDevices());

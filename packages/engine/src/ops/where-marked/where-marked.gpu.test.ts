import { openProofDevices, prove } from '../../testing/prove.ts';
import { proofs } from './where-marked.proof.ts';

prove(proofs, await openProofDevices());

export { assertClose } from './allclose.ts';
export { asHardware } from './as-hardware.ts';
export { assertWithinRoundings, buildAndPoison, checkOp, upload, type OpCase } from './check-op.ts';
export { checkGradient } from './gradient-check.ts';
export { sample, seededRandom, type Sample, type SeededRandom } from './random.ts';
export { Sums, type Arrays, type OpReference, type Reference } from './reference.ts';
export { ELEMENTWISE_SHAPES, extentsAround, FOLDED_ROWS, rowShapes } from './shapes.ts';
export { watchBuffers, type BufferWatch } from './watch-buffers.ts';

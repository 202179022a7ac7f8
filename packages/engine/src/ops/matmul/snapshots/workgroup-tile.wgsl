struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, splits: u32, splitDepth: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
var<workgroup> leftSlice: array<vec4f, 144>;
var<workgroup> rightSlice: array<vec4f, 144>;
@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let group = id + vec3u(sizes.firstX, sizes.firstY, sizes.firstZ);
  let split = group.z % sizes.splits;
  let z = group.z / sizes.splits;
  let leftBase = sizes.leftOffset + (z / sizes.batchInner) * sizes.leftBatchOuter + (z % sizes.batchInner) * sizes.leftBatchInner;
  let rightBase = sizes.rightOffset + (z / sizes.batchInner) * sizes.rightBatchOuter + (z % sizes.batchInner) * sizes.rightBatchInner;
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner + split * sizes.m * sizes.n;
  let leftFirst = group.y * 32u;
  let rightFirst = group.x * 32u;
  let firstRow = leftFirst + local.y * 4u;
  let firstColumn = rightFirst + local.x * 4u;
  let begin = split * sizes.splitDepth;
  let end = min(begin + sizes.splitDepth, sizes.k);
  var c0_0 = vec4f();
  var c1_0 = vec4f();
  var c2_0 = vec4f();
  var c3_0 = vec4f();
  var v0_0 = vec4f(); var v0_1 = vec4f(); var v0_2 = vec4f(); var v0_3 = vec4f();
  for (var first = begin; first < end + 16u; first += 16u) {
    if (first < end) {
    if (thread < 32u) {
      let x = ((thread) / 4u) * 4u; let y = ((thread) % 4u) * 4u;
      let across = leftFirst + x;
      let along = first + y;
      let u0 = select(vec4f(), left[(leftBase + min(across + 0u, sizes.m - 1u) * sizes.leftRowStride + min(along, sizes.k - 4u)) / 4u], across + 0u < sizes.m && along < end);
      let u1 = select(vec4f(), left[(leftBase + min(across + 1u, sizes.m - 1u) * sizes.leftRowStride + min(along, sizes.k - 4u)) / 4u], across + 1u < sizes.m && along < end);
      let u2 = select(vec4f(), left[(leftBase + min(across + 2u, sizes.m - 1u) * sizes.leftRowStride + min(along, sizes.k - 4u)) / 4u], across + 2u < sizes.m && along < end);
      let u3 = select(vec4f(), left[(leftBase + min(across + 3u, sizes.m - 1u) * sizes.leftRowStride + min(along, sizes.k - 4u)) / 4u], across + 3u < sizes.m && along < end);
      v0_0 = vec4f(u0[0], u1[0], u2[0], u3[0]);
      v0_1 = vec4f(u0[1], u1[1], u2[1], u3[1]);
      v0_2 = vec4f(u0[2], u1[2], u2[2], u3[2]);
      v0_3 = vec4f(u0[3], u1[3], u2[3], u3[3]);
    } else {
      let x = ((thread - 32u) % 8u) * 4u; let y = ((thread - 32u) / 8u) * 4u;
      let across = rightFirst + x;
      let along = first + y;
      v0_0 = select(vec4f(), right[(rightBase + min(across, sizes.n - 4u) + min(along + 0u, sizes.k - 1u) * sizes.rightRowStride) / 4u], across < sizes.n && along + 0u < end);
      v0_1 = select(vec4f(), right[(rightBase + min(across, sizes.n - 4u) + min(along + 1u, sizes.k - 1u) * sizes.rightRowStride) / 4u], across < sizes.n && along + 1u < end);
      v0_2 = select(vec4f(), right[(rightBase + min(across, sizes.n - 4u) + min(along + 2u, sizes.k - 1u) * sizes.rightRowStride) / 4u], across < sizes.n && along + 2u < end);
      v0_3 = select(vec4f(), right[(rightBase + min(across, sizes.n - 4u) + min(along + 3u, sizes.k - 1u) * sizes.rightRowStride) / 4u], across < sizes.n && along + 3u < end);
    }
    }
    if (first > begin) {
      for (var d = 0u; d < 16u; d++) {
        let a0 = leftSlice[d * 9u + local.y * 1u + 0u];
        let b0 = rightSlice[d * 9u + local.x + 0u];
        { let a = vec4f(a0[0]); c0_0 = fma(a, b0, c0_0); }
        { let a = vec4f(a0[1]); c1_0 = fma(a, b0, c1_0); }
        { let a = vec4f(a0[2]); c2_0 = fma(a, b0, c2_0); }
        { let a = vec4f(a0[3]); c3_0 = fma(a, b0, c3_0); }
      }
    }
    workgroupBarrier();
    if (thread < 32u) {
      let x = ((thread) / 4u) * 4u; let y = ((thread) % 4u) * 4u;
      leftSlice[(y + 0u) * 9u + x / 4u] = v0_0;
      leftSlice[(y + 1u) * 9u + x / 4u] = v0_1;
      leftSlice[(y + 2u) * 9u + x / 4u] = v0_2;
      leftSlice[(y + 3u) * 9u + x / 4u] = v0_3;
    } else {
      let x = ((thread - 32u) % 8u) * 4u; let y = ((thread - 32u) / 8u) * 4u;
      rightSlice[(y + 0u) * 9u + x / 4u] = v0_0;
      rightSlice[(y + 1u) * 9u + x / 4u] = v0_1;
      rightSlice[(y + 2u) * 9u + x / 4u] = v0_2;
      rightSlice[(y + 3u) * 9u + x / 4u] = v0_3;
    }
    workgroupBarrier();
  }
  if (firstRow + 0u < sizes.m && firstColumn + 0u < sizes.n) { { var sum = c0_0; sum *= bitcast<f32>(sizes.scale); product[(base + (firstRow + 0u) * sizes.outRowStride + firstColumn + 0u) / 4u] = sum; } }
  if (firstRow + 1u < sizes.m && firstColumn + 0u < sizes.n) { { var sum = c1_0; sum *= bitcast<f32>(sizes.scale); product[(base + (firstRow + 1u) * sizes.outRowStride + firstColumn + 0u) / 4u] = sum; } }
  if (firstRow + 2u < sizes.m && firstColumn + 0u < sizes.n) { { var sum = c2_0; sum *= bitcast<f32>(sizes.scale); product[(base + (firstRow + 2u) * sizes.outRowStride + firstColumn + 0u) / 4u] = sum; } }
  if (firstRow + 3u < sizes.m && firstColumn + 0u < sizes.n) { { var sum = c3_0; sum *= bitcast<f32>(sizes.scale); product[(base + (firstRow + 3u) * sizes.outRowStride + firstColumn + 0u) / 4u] = sum; } }
}

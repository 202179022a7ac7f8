struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, splits: u32, splitDepth: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
@group(0) @binding(3) var<storage, read> biases: array<f32>;
@group(0) @binding(4) var<storage, read> scalars: array<f32>;
@group(0) @binding(5) var<storage, read> masks: array<f32>;
@group(0) @binding(6) var<storage, read> addends: array<f32>;
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;
@group(0) @binding(7) var<uniform> sizes: Sizes;
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
  var sums: array<vec4f, 4>;
  sums = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
  for (var row = firstRow; row < min(firstRow + 4u, sizes.m); row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { sums[row - firstRow][0] = product[at + 0u]; }
    if (column + 1u < sizes.n) { sums[row - firstRow][1] = product[at + 1u]; }
    if (column + 2u < sizes.n) { sums[row - firstRow][2] = product[at + 2u]; }
    if (column + 3u < sizes.n) { sums[row - firstRow][3] = product[at + 3u]; }
  }
  c0_0 = sums[0]; c1_0 = sums[1]; c2_0 = sums[2]; c3_0 = sums[3];
  var v0_0 = vec4f(); var v0_1 = vec4f(); var v0_2 = vec4f(); var v0_3 = vec4f();
  for (var first = begin; first < end + 16u; first += 16u) {
    if (first < end) {
    if (thread < 32u) {
      let x = ((thread) % 8u) * 4u; let y = ((thread) / 8u) * 4u;
      let across = leftFirst + x;
      let along = first + y;
      let p0 = vec4u(leftBase + min(along + 0u, sizes.k - 1u) * sizes.leftColumnStride) + min(vec4u(across) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.m - 1u)) * sizes.leftRowStride; v0_0 = select(vec4f(), vec4f(left[p0[0]], left[p0[1]], left[p0[2]], left[p0[3]]), (vec4u(across) + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.m)) & vec4<bool>(along + 0u < end));
      let p1 = vec4u(leftBase + min(along + 1u, sizes.k - 1u) * sizes.leftColumnStride) + min(vec4u(across) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.m - 1u)) * sizes.leftRowStride; v0_1 = select(vec4f(), vec4f(left[p1[0]], left[p1[1]], left[p1[2]], left[p1[3]]), (vec4u(across) + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.m)) & vec4<bool>(along + 1u < end));
      let p2 = vec4u(leftBase + min(along + 2u, sizes.k - 1u) * sizes.leftColumnStride) + min(vec4u(across) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.m - 1u)) * sizes.leftRowStride; v0_2 = select(vec4f(), vec4f(left[p2[0]], left[p2[1]], left[p2[2]], left[p2[3]]), (vec4u(across) + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.m)) & vec4<bool>(along + 2u < end));
      let p3 = vec4u(leftBase + min(along + 3u, sizes.k - 1u) * sizes.leftColumnStride) + min(vec4u(across) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.m - 1u)) * sizes.leftRowStride; v0_3 = select(vec4f(), vec4f(left[p3[0]], left[p3[1]], left[p3[2]], left[p3[3]]), (vec4u(across) + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.m)) & vec4<bool>(along + 3u < end));
    } else {
      let x = ((thread - 32u) / 4u) * 4u; let y = ((thread - 32u) % 4u) * 4u;
      let across = rightFirst + x;
      let along = first + y;
      let p0 = vec4u(rightBase + min(across + 0u, sizes.n - 1u) * sizes.rightColumnStride) + min(vec4u(along) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.k - 1u)) * sizes.rightRowStride; let u0 = select(vec4f(), vec4f(right[p0[0]], right[p0[1]], right[p0[2]], right[p0[3]]), (vec4u(along) + vec4u(0u, 1u, 2u, 3u) < vec4u(end)) & vec4<bool>(across + 0u < sizes.n));
      let p1 = vec4u(rightBase + min(across + 1u, sizes.n - 1u) * sizes.rightColumnStride) + min(vec4u(along) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.k - 1u)) * sizes.rightRowStride; let u1 = select(vec4f(), vec4f(right[p1[0]], right[p1[1]], right[p1[2]], right[p1[3]]), (vec4u(along) + vec4u(0u, 1u, 2u, 3u) < vec4u(end)) & vec4<bool>(across + 1u < sizes.n));
      let p2 = vec4u(rightBase + min(across + 2u, sizes.n - 1u) * sizes.rightColumnStride) + min(vec4u(along) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.k - 1u)) * sizes.rightRowStride; let u2 = select(vec4f(), vec4f(right[p2[0]], right[p2[1]], right[p2[2]], right[p2[3]]), (vec4u(along) + vec4u(0u, 1u, 2u, 3u) < vec4u(end)) & vec4<bool>(across + 2u < sizes.n));
      let p3 = vec4u(rightBase + min(across + 3u, sizes.n - 1u) * sizes.rightColumnStride) + min(vec4u(along) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.k - 1u)) * sizes.rightRowStride; let u3 = select(vec4f(), vec4f(right[p3[0]], right[p3[1]], right[p3[2]], right[p3[3]]), (vec4u(along) + vec4u(0u, 1u, 2u, 3u) < vec4u(end)) & vec4<bool>(across + 3u < sizes.n));
      v0_0 = vec4f(u0[0], u1[0], u2[0], u3[0]);
      v0_1 = vec4f(u0[1], u1[1], u2[1], u3[1]);
      v0_2 = vec4f(u0[2], u1[2], u2[2], u3[2]);
      v0_3 = vec4f(u0[3], u1[3], u2[3], u3[3]);
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
      let x = ((thread) % 8u) * 4u; let y = ((thread) / 8u) * 4u;
      leftSlice[(y + 0u) * 9u + x / 4u] = v0_0;
      leftSlice[(y + 1u) * 9u + x / 4u] = v0_1;
      leftSlice[(y + 2u) * 9u + x / 4u] = v0_2;
      leftSlice[(y + 3u) * 9u + x / 4u] = v0_3;
    } else {
      let x = ((thread - 32u) / 4u) * 4u; let y = ((thread - 32u) % 4u) * 4u;
      rightSlice[(y + 0u) * 9u + x / 4u] = v0_0;
      rightSlice[(y + 1u) * 9u + x / 4u] = v0_1;
      rightSlice[(y + 2u) * 9u + x / 4u] = v0_2;
      rightSlice[(y + 3u) * 9u + x / 4u] = v0_3;
    }
    workgroupBarrier();
  }
  sums = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
  for (var row = firstRow; row < min(firstRow + 4u, sizes.m); row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { { var sum = sums[row - firstRow][0]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 0u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 0u] > 0.0); sum += addends[at + 0u]; product[at + 0u] = sum; } }
    if (column + 1u < sizes.n) { { var sum = sums[row - firstRow][1]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 1u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 1u] > 0.0); sum += addends[at + 1u]; product[at + 1u] = sum; } }
    if (column + 2u < sizes.n) { { var sum = sums[row - firstRow][2]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 2u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 2u] > 0.0); sum += addends[at + 2u]; product[at + 2u] = sum; } }
    if (column + 3u < sizes.n) { { var sum = sums[row - firstRow][3]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 3u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 3u] > 0.0); sum += addends[at + 3u]; product[at + 3u] = sum; } }
  }
  c0_0 = sums[0]; c1_0 = sums[1]; c2_0 = sums[2]; c3_0 = sums[3];
}

enable subgroups;
struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
fn leftFour(at: vec4u) -> vec4f { return vec4f(left[at.x], left[at.y], left[at.z], left[at.w]); }
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
@group(0) @binding(3) var<storage, read> biases: array<f32>;
@group(0) @binding(4) var<storage, read> scalars: array<f32>;
@group(0) @binding(5) var<storage, read> masks: array<f32>;
@group(0) @binding(6) var<storage, read> addends: array<f32>;
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;
@group(0) @binding(7) var<uniform> sizes: Sizes;
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let group = id + vec3u(sizes.firstX, sizes.firstY, sizes.firstZ);
  let z = group.z;
  let firstRow = group.y * 4u;
  let endRow = min(firstRow + 4u, sizes.m);
  let firstColumn = (group.x * 8u + lane) * 4u;
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  let steps = (sizes.k + 3u) / 4u;
  let leftBase = sizes.leftOffset + (z / sizes.batchInner) * sizes.leftBatchOuter + (z % sizes.batchInner) * sizes.leftBatchInner;
  let leftAt0 = leftBase + min(firstRow + 0u + lane, sizes.m - 1u) * sizes.leftRowStride;
  let rightBase = sizes.rightOffset + (z / sizes.batchInner) * sizes.rightBatchOuter + (z % sizes.batchInner) * sizes.rightBatchInner;
  let rightAt0 = vec4u(rightBase) + min(vec4u(firstColumn + 0u) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u)) * sizes.rightColumnStride;
  let rightAt1 = vec4u(rightBase) + min(vec4u(firstColumn + 16u) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u)) * sizes.rightColumnStride;
  var begun0: array<vec4f, 4>;
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { begun0[row - firstRow][0] = product[at + 0u]; }
    if (column + 1u < sizes.n) { begun0[row - firstRow][1] = product[at + 1u]; }
    if (column + 2u < sizes.n) { begun0[row - firstRow][2] = product[at + 2u]; }
    if (column + 3u < sizes.n) { begun0[row - firstRow][3] = product[at + 3u]; }
  }
  var c0_0 = begun0[0]; var c1_0 = begun0[1]; var c2_0 = begun0[2]; var c3_0 = begun0[3];
  var begun1: array<vec4f, 4>;
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 16u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { begun1[row - firstRow][0] = product[at + 0u]; }
    if (column + 1u < sizes.n) { begun1[row - firstRow][1] = product[at + 1u]; }
    if (column + 2u < sizes.n) { begun1[row - firstRow][2] = product[at + 2u]; }
    if (column + 3u < sizes.n) { begun1[row - firstRow][3] = product[at + 3u]; }
  }
  var c0_1 = begun1[0]; var c1_1 = begun1[1]; var c2_1 = begun1[2]; var c3_1 = begun1[3];
  for (var step = 0u; step < steps; step++) {
    let leftDepths = vec4u(4u * step) + vec4u(0u, 1u, 2u, 3u);
    let leftAcross = min(leftDepths, vec4u(sizes.k - 1u)) * sizes.leftColumnStride;
    let a0 = select(vec4f(), leftFour(leftAt0 + leftAcross), leftDepths < vec4u(sizes.k));
    let v0_0 = right[rightAt0[0] / 4u + step];
    let v1_0 = right[rightAt0[1] / 4u + step];
    let v2_0 = right[rightAt0[2] / 4u + step];
    let v3_0 = right[rightAt0[3] / 4u + step];
    let b0_0 = vec4f(v0_0[0], v1_0[0], v2_0[0], v3_0[0]);
    let b1_0 = vec4f(v0_0[1], v1_0[1], v2_0[1], v3_0[1]);
    let b2_0 = vec4f(v0_0[2], v1_0[2], v2_0[2], v3_0[2]);
    let b3_0 = vec4f(v0_0[3], v1_0[3], v2_0[3], v3_0[3]);
    let v0_1 = right[rightAt1[0] / 4u + step];
    let v1_1 = right[rightAt1[1] / 4u + step];
    let v2_1 = right[rightAt1[2] / 4u + step];
    let v3_1 = right[rightAt1[3] / 4u + step];
    let b0_1 = vec4f(v0_1[0], v1_1[0], v2_1[0], v3_1[0]);
    let b1_1 = vec4f(v0_1[1], v1_1[1], v2_1[1], v3_1[1]);
    let b2_1 = vec4f(v0_1[2], v1_1[2], v2_1[2], v3_1[2]);
    let b3_1 = vec4f(v0_1[3], v1_1[3], v2_1[3], v3_1[3]);
    { let s0 = vec4f(subgroupBroadcast(a0[0], 0u)); let s1 = vec4f(subgroupBroadcast(a0[1], 0u)); let s2 = vec4f(subgroupBroadcast(a0[2], 0u)); let s3 = vec4f(subgroupBroadcast(a0[3], 0u));
      c0_0 = fma(s0, b0_0, c0_0); c0_0 = fma(s1, b1_0, c0_0); c0_0 = fma(s2, b2_0, c0_0); c0_0 = fma(s3, b3_0, c0_0);
      c0_1 = fma(s0, b0_1, c0_1); c0_1 = fma(s1, b1_1, c0_1); c0_1 = fma(s2, b2_1, c0_1); c0_1 = fma(s3, b3_1, c0_1); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 1u)); let s1 = vec4f(subgroupBroadcast(a0[1], 1u)); let s2 = vec4f(subgroupBroadcast(a0[2], 1u)); let s3 = vec4f(subgroupBroadcast(a0[3], 1u));
      c1_0 = fma(s0, b0_0, c1_0); c1_0 = fma(s1, b1_0, c1_0); c1_0 = fma(s2, b2_0, c1_0); c1_0 = fma(s3, b3_0, c1_0);
      c1_1 = fma(s0, b0_1, c1_1); c1_1 = fma(s1, b1_1, c1_1); c1_1 = fma(s2, b2_1, c1_1); c1_1 = fma(s3, b3_1, c1_1); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 2u)); let s1 = vec4f(subgroupBroadcast(a0[1], 2u)); let s2 = vec4f(subgroupBroadcast(a0[2], 2u)); let s3 = vec4f(subgroupBroadcast(a0[3], 2u));
      c2_0 = fma(s0, b0_0, c2_0); c2_0 = fma(s1, b1_0, c2_0); c2_0 = fma(s2, b2_0, c2_0); c2_0 = fma(s3, b3_0, c2_0);
      c2_1 = fma(s0, b0_1, c2_1); c2_1 = fma(s1, b1_1, c2_1); c2_1 = fma(s2, b2_1, c2_1); c2_1 = fma(s3, b3_1, c2_1); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 3u)); let s1 = vec4f(subgroupBroadcast(a0[1], 3u)); let s2 = vec4f(subgroupBroadcast(a0[2], 3u)); let s3 = vec4f(subgroupBroadcast(a0[3], 3u));
      c3_0 = fma(s0, b0_0, c3_0); c3_0 = fma(s1, b1_0, c3_0); c3_0 = fma(s2, b2_0, c3_0); c3_0 = fma(s3, b3_0, c3_0);
      c3_1 = fma(s0, b0_1, c3_1); c3_1 = fma(s1, b1_1, c3_1); c3_1 = fma(s2, b2_1, c3_1); c3_1 = fma(s3, b3_1, c3_1); }
  }
  var sums0 = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { var sum = sums0[row - firstRow][0]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 0u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 0u] > 0.0); sum += addends[at + 0u]; product[at + 0u] = sum; }
    if (column + 1u < sizes.n) { var sum = sums0[row - firstRow][1]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 1u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 1u] > 0.0); sum += addends[at + 1u]; product[at + 1u] = sum; }
    if (column + 2u < sizes.n) { var sum = sums0[row - firstRow][2]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 2u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 2u] > 0.0); sum += addends[at + 2u]; product[at + 2u] = sum; }
    if (column + 3u < sizes.n) { var sum = sums0[row - firstRow][3]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 3u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 3u] > 0.0); sum += addends[at + 3u]; product[at + 3u] = sum; }
  }
  var sums1 = array<vec4f, 4>(c0_1, c1_1, c2_1, c3_1);
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 16u;
    let at = base + row * sizes.outRowStride + column;
    if (column + 0u < sizes.n) { var sum = sums1[row - firstRow][0]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 0u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 0u] > 0.0); sum += addends[at + 0u]; product[at + 0u] = sum; }
    if (column + 1u < sizes.n) { var sum = sums1[row - firstRow][1]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 1u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 1u] > 0.0); sum += addends[at + 1u]; product[at + 1u] = sum; }
    if (column + 2u < sizes.n) { var sum = sums1[row - firstRow][2]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 2u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 2u] > 0.0); sum += addends[at + 2u]; product[at + 2u] = sum; }
    if (column + 3u < sizes.n) { var sum = sums1[row - firstRow][3]; sum *= bitcast<f32>(sizes.scale); sum += biases[column + 3u]; sum = max(sum, 0.0); sum += scalars[OFFSET_SLOT] * OFFSET_SCALE; sum = select(0.0, sum, masks[at + 3u] > 0.0); sum += addends[at + 3u]; product[at + 3u] = sum; }
  }
}

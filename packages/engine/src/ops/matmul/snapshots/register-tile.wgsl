struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = id + vec3u(sizes.firstX, sizes.firstY, sizes.firstZ);
  let z = group.z;
  let firstRow = group.y * 4u;
  let endRow = min(firstRow + 4u, sizes.m);
  let firstColumn = (group.x * 4u + lane) * 4u;
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  let steps = (sizes.k + 3u) / 4u;
  let leftBase = sizes.leftOffset + (z / sizes.batchInner) * sizes.leftBatchOuter + (z % sizes.batchInner) * sizes.leftBatchInner;
  let leftAt0 = leftBase + min(firstRow + 0u, sizes.m - 1u) * sizes.leftRowStride;
  let leftAt1 = leftBase + min(firstRow + 1u, sizes.m - 1u) * sizes.leftRowStride;
  let leftAt2 = leftBase + min(firstRow + 2u, sizes.m - 1u) * sizes.leftRowStride;
  let leftAt3 = leftBase + min(firstRow + 3u, sizes.m - 1u) * sizes.leftRowStride;
  let rightBase = sizes.rightOffset + (z / sizes.batchInner) * sizes.rightBatchOuter + (z % sizes.batchInner) * sizes.rightBatchInner;
  let rightAt0 = rightBase + min(firstColumn + 0u, sizes.n - 4u);
  var c0_0 = vec4f(); var c1_0 = vec4f(); var c2_0 = vec4f(); var c3_0 = vec4f();
  for (var step = 0u; step < steps; step++) {
    let a0 = left[leftAt0 / 4u + step];
    let a1 = left[leftAt1 / 4u + step];
    let a2 = left[leftAt2 / 4u + step];
    let a3 = left[leftAt3 / 4u + step];
    let b0_0 = right[(rightAt0 + min(4u * step + 0u, sizes.k - 1u) * sizes.rightRowStride) / 4u];
    let b1_0 = right[(rightAt0 + min(4u * step + 1u, sizes.k - 1u) * sizes.rightRowStride) / 4u];
    let b2_0 = right[(rightAt0 + min(4u * step + 2u, sizes.k - 1u) * sizes.rightRowStride) / 4u];
    let b3_0 = right[(rightAt0 + min(4u * step + 3u, sizes.k - 1u) * sizes.rightRowStride) / 4u];
    { let s0 = vec4f(a0[0]); let s1 = vec4f(a0[1]); let s2 = vec4f(a0[2]); let s3 = vec4f(a0[3]);
      c0_0 = fma(s0, b0_0, c0_0); c0_0 = fma(s1, b1_0, c0_0); c0_0 = fma(s2, b2_0, c0_0); c0_0 = fma(s3, b3_0, c0_0); }
    { let s0 = vec4f(a1[0]); let s1 = vec4f(a1[1]); let s2 = vec4f(a1[2]); let s3 = vec4f(a1[3]);
      c1_0 = fma(s0, b0_0, c1_0); c1_0 = fma(s1, b1_0, c1_0); c1_0 = fma(s2, b2_0, c1_0); c1_0 = fma(s3, b3_0, c1_0); }
    { let s0 = vec4f(a2[0]); let s1 = vec4f(a2[1]); let s2 = vec4f(a2[2]); let s3 = vec4f(a2[3]);
      c2_0 = fma(s0, b0_0, c2_0); c2_0 = fma(s1, b1_0, c2_0); c2_0 = fma(s2, b2_0, c2_0); c2_0 = fma(s3, b3_0, c2_0); }
    { let s0 = vec4f(a3[0]); let s1 = vec4f(a3[1]); let s2 = vec4f(a3[2]); let s3 = vec4f(a3[3]);
      c3_0 = fma(s0, b0_0, c3_0); c3_0 = fma(s1, b1_0, c3_0); c3_0 = fma(s2, b2_0, c3_0); c3_0 = fma(s3, b3_0, c3_0); }
  }
  var sums0 = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column < sizes.n) { var sum = sums0[row - firstRow]; sum *= bitcast<f32>(sizes.scale); product[(at) / 4u] = sum; }
  }
}

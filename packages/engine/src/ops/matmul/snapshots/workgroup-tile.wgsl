struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, batchInner: u32, scale: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
var<workgroup> leftTile: array<f32, 1024>;
var<workgroup> rightTile: array<f32, 1024>;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let z = group.z;
  let leftBase = sizes.leftOffset + (z / sizes.batchInner) * sizes.leftBatchOuter + (z % sizes.batchInner) * sizes.leftBatchInner;
  let rightBase = sizes.rightOffset + (z / sizes.batchInner) * sizes.rightBatchOuter + (z % sizes.batchInner) * sizes.rightBatchInner;
  var sums: array<vec4f, 4>;
  for (var start = 0u; start < sizes.k; start += 16u) {
    for (var e = thread; e < 1024u; e += 256u) {
      let row = e / 16u;
      let depth = e % 16u;
      let m = group.y * 64u + row;
      var v = 0.0;
      if (m < sizes.m && start + depth < sizes.k) { v = left[leftBase + m * sizes.leftRowStride + (start + depth) * sizes.leftColumnStride]; }
      leftTile[depth * 64u + row] = v;
    }
    for (var e = thread; e < 1024u; e += 256u) {
      let column = e % 64u;
      let depth = e / 64u;
      let n = group.x * 64u + column;
      var v = 0.0;
      if (n < sizes.n && start + depth < sizes.k) { v = right[rightBase + (start + depth) * sizes.rightRowStride + n * sizes.rightColumnStride]; }
      rightTile[depth * 64u + column] = v;
    }
    workgroupBarrier();
    for (var depth = 0u; depth < 16u; depth++) {
      let at = depth * 64u;
      let b = vec4f(rightTile[at + local.x], rightTile[at + local.x + 16u], rightTile[at + local.x + 32u], rightTile[at + local.x + 48u]);
      for (var i = 0u; i < 4u; i++) { sums[i] = fma(vec4f(leftTile[at + local.y * 4u + i]), b, sums[i]); }
    }
    workgroupBarrier();
  }
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  for (var i = 0u; i < 4u; i++) {
    let row = group.y * 64u + local.y * 4u + i;
    for (var j = 0u; j < 4u; j++) {
      let column = group.x * 64u + j * 16u + local.x;
      if (row < sizes.m && column < sizes.n) {
        var sum = sums[i][j]; sum *= bitcast<f32>(sizes.scale);
        product[base + row * sizes.outRowStride + column] = sum;
      }
    }
  }
}

enable subgroups;
struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var left: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var right: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> product: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let group = id + vec3u(sizes.firstX, sizes.firstY, sizes.firstZ);
  let z = group.z;
  let firstRow = group.y * 4u;
  let endRow = min(firstRow + 4u, sizes.m);
  let firstColumn = (group.x * 4u + lane) * 4u;
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  let steps = (sizes.k + 3u) / 4u;
  let leftAt = (z * sizes.rowTiles + group.y) * 4u * steps + lane;
  let rightAt = (z * sizes.panels + group.x) * 16u * steps + lane;
  var c0_0 = vec4f(); var c1_0 = vec4f(); var c2_0 = vec4f(); var c3_0 = vec4f();
  for (var step = 0u; step < steps; step++) {
    let a0 = textureLoad(left, vec2u((leftAt + 0u * steps + 4u * step) % 4096u, (leftAt + 0u * steps + 4u * step) / 4096u));
    let b0_0 = textureLoad(right, vec2u((rightAt + 16u * step + 0u) % 4096u, (rightAt + 16u * step + 0u) / 4096u));
    let b1_0 = textureLoad(right, vec2u((rightAt + 16u * step + 4u) % 4096u, (rightAt + 16u * step + 4u) / 4096u));
    let b2_0 = textureLoad(right, vec2u((rightAt + 16u * step + 8u) % 4096u, (rightAt + 16u * step + 8u) / 4096u));
    let b3_0 = textureLoad(right, vec2u((rightAt + 16u * step + 12u) % 4096u, (rightAt + 16u * step + 12u) / 4096u));
    { let s0 = vec4f(subgroupBroadcast(a0[0], 0u)); let s1 = vec4f(subgroupBroadcast(a0[1], 0u)); let s2 = vec4f(subgroupBroadcast(a0[2], 0u)); let s3 = vec4f(subgroupBroadcast(a0[3], 0u));
      c0_0 = fma(s0, b0_0, c0_0); c0_0 = fma(s1, b1_0, c0_0); c0_0 = fma(s2, b2_0, c0_0); c0_0 = fma(s3, b3_0, c0_0); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 1u)); let s1 = vec4f(subgroupBroadcast(a0[1], 1u)); let s2 = vec4f(subgroupBroadcast(a0[2], 1u)); let s3 = vec4f(subgroupBroadcast(a0[3], 1u));
      c1_0 = fma(s0, b0_0, c1_0); c1_0 = fma(s1, b1_0, c1_0); c1_0 = fma(s2, b2_0, c1_0); c1_0 = fma(s3, b3_0, c1_0); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 2u)); let s1 = vec4f(subgroupBroadcast(a0[1], 2u)); let s2 = vec4f(subgroupBroadcast(a0[2], 2u)); let s3 = vec4f(subgroupBroadcast(a0[3], 2u));
      c2_0 = fma(s0, b0_0, c2_0); c2_0 = fma(s1, b1_0, c2_0); c2_0 = fma(s2, b2_0, c2_0); c2_0 = fma(s3, b3_0, c2_0); }
    { let s0 = vec4f(subgroupBroadcast(a0[0], 3u)); let s1 = vec4f(subgroupBroadcast(a0[1], 3u)); let s2 = vec4f(subgroupBroadcast(a0[2], 3u)); let s3 = vec4f(subgroupBroadcast(a0[3], 3u));
      c3_0 = fma(s0, b0_0, c3_0); c3_0 = fma(s1, b1_0, c3_0); c3_0 = fma(s2, b2_0, c3_0); c3_0 = fma(s3, b3_0, c3_0); }
  }
  var sums0 = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + 0u;
    let at = base + row * sizes.outRowStride + column;
    if (column < sizes.n) { var sum = sums0[row - firstRow]; sum *= bitcast<f32>(sizes.scale); product[(at) / 4u] = sum; }
  }
}

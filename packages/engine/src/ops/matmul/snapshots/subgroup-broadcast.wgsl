enable subgroups;
struct Sizes { outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, steps: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32 }
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let z = group.z;
  let row = group.y * 4u;
  let steps = sizes.steps;
  let column0 = (group.x * 4u + 0u + lane) * 4u;
  var leftAt = (z * sizes.rowTiles + group.y) * 4u * steps + lane;
  var rightAt = (z * sizes.panels + group.x) * 16u * steps + lane;
  var c0_0 = vec4f();
  var c1_0 = vec4f();
  var c2_0 = vec4f();
  var c3_0 = vec4f();
  for (var k = 0u; k < steps; k++) {
    let a0 = left[leftAt + 0u * steps];
    {
      let b0 = right[rightAt + 0u];
      { let a = vec4f(subgroupBroadcast(a0[0], 0u)); c0_0 = fma(a, b0, c0_0); }
      { let a = vec4f(subgroupBroadcast(a0[0], 1u)); c1_0 = fma(a, b0, c1_0); }
      { let a = vec4f(subgroupBroadcast(a0[0], 2u)); c2_0 = fma(a, b0, c2_0); }
      { let a = vec4f(subgroupBroadcast(a0[0], 3u)); c3_0 = fma(a, b0, c3_0); }
    }
    {
      let b0 = right[rightAt + 4u];
      { let a = vec4f(subgroupBroadcast(a0[1], 0u)); c0_0 = fma(a, b0, c0_0); }
      { let a = vec4f(subgroupBroadcast(a0[1], 1u)); c1_0 = fma(a, b0, c1_0); }
      { let a = vec4f(subgroupBroadcast(a0[1], 2u)); c2_0 = fma(a, b0, c2_0); }
      { let a = vec4f(subgroupBroadcast(a0[1], 3u)); c3_0 = fma(a, b0, c3_0); }
    }
    {
      let b0 = right[rightAt + 8u];
      { let a = vec4f(subgroupBroadcast(a0[2], 0u)); c0_0 = fma(a, b0, c0_0); }
      { let a = vec4f(subgroupBroadcast(a0[2], 1u)); c1_0 = fma(a, b0, c1_0); }
      { let a = vec4f(subgroupBroadcast(a0[2], 2u)); c2_0 = fma(a, b0, c2_0); }
      { let a = vec4f(subgroupBroadcast(a0[2], 3u)); c3_0 = fma(a, b0, c3_0); }
    }
    {
      let b0 = right[rightAt + 12u];
      { let a = vec4f(subgroupBroadcast(a0[3], 0u)); c0_0 = fma(a, b0, c0_0); }
      { let a = vec4f(subgroupBroadcast(a0[3], 1u)); c1_0 = fma(a, b0, c1_0); }
      { let a = vec4f(subgroupBroadcast(a0[3], 2u)); c2_0 = fma(a, b0, c2_0); }
      { let a = vec4f(subgroupBroadcast(a0[3], 3u)); c3_0 = fma(a, b0, c3_0); }
    }
    leftAt += 4u;
    rightAt += 16u;
  }
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  if (row + 0u < sizes.m) { if (column0 < sizes.n) { var sum = c0_0; sum *= bitcast<f32>(sizes.scale); product[(base + (row + 0u) * sizes.outRowStride + column0) / 4u] = sum; } }
  if (row + 1u < sizes.m) { if (column0 < sizes.n) { var sum = c1_0; sum *= bitcast<f32>(sizes.scale); product[(base + (row + 1u) * sizes.outRowStride + column0) / 4u] = sum; } }
  if (row + 2u < sizes.m) { if (column0 < sizes.n) { var sum = c2_0; sum *= bitcast<f32>(sizes.scale); product[(base + (row + 2u) * sizes.outRowStride + column0) / 4u] = sum; } }
  if (row + 3u < sizes.m) { if (column0 < sizes.n) { var sum = c3_0; sum *= bitcast<f32>(sizes.scale); product[(base + (row + 3u) * sizes.outRowStride + column0) / 4u] = sum; } }
}

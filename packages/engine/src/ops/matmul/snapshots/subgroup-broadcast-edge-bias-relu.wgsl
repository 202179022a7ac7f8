enable subgroups;
struct Sizes { outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, steps: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, firstX: u32, firstY: u32, firstZ: u32 }
@group(0) @binding(0) var left: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var right: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
@group(0) @binding(3) var<storage, read> biases: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let group = id + vec3u(sizes.firstX, sizes.firstY, sizes.firstZ);
  let z = group.z;
  let steps = sizes.steps;
  var leftAt = (z * sizes.rowTiles + group.y) * 4u * steps + lane;
  var rightAt = (z * sizes.panels + group.x) * 32u * steps + lane;
  var c0_0 = vec4f(); var c0_1 = vec4f();
  var c1_0 = vec4f(); var c1_1 = vec4f();
  var c2_0 = vec4f(); var c2_1 = vec4f();
  var c3_0 = vec4f(); var c3_1 = vec4f();
  for (var k = 0u; k < steps; k++) {
    let a0 = textureLoad(left, vec2u((leftAt + 0u * steps) % 4096u, (leftAt + 0u * steps) / 4096u));
    let b0_0 = textureLoad(right, vec2u((rightAt + 0u) % 4096u, (rightAt + 0u) / 4096u));
    let b0_1 = textureLoad(right, vec2u((rightAt + 4u) % 4096u, (rightAt + 4u) / 4096u));
    let b1_0 = textureLoad(right, vec2u((rightAt + 8u) % 4096u, (rightAt + 8u) / 4096u));
    let b1_1 = textureLoad(right, vec2u((rightAt + 12u) % 4096u, (rightAt + 12u) / 4096u));
    let b2_0 = textureLoad(right, vec2u((rightAt + 16u) % 4096u, (rightAt + 16u) / 4096u));
    let b2_1 = textureLoad(right, vec2u((rightAt + 20u) % 4096u, (rightAt + 20u) / 4096u));
    let b3_0 = textureLoad(right, vec2u((rightAt + 24u) % 4096u, (rightAt + 24u) / 4096u));
    let b3_1 = textureLoad(right, vec2u((rightAt + 28u) % 4096u, (rightAt + 28u) / 4096u));
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
    leftAt += 4u;
    rightAt += 32u;
  }
  let base = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner;
  let firstRow = group.y * 4u;
  let endRow = min(firstRow + 4u, sizes.m);
  {
    let column = (group.x * 8u + 0u + lane) * 4u;
    var sums = array<vec4f, 4>(c0_0, c1_0, c2_0, c3_0);
    for (var row = firstRow; row < endRow; row++) {
      let at = base + row * sizes.outRowStride + column;
      if (column + 0u < sizes.n) { let bias = biases[column + 0u]; var sum = sums[row - firstRow][0]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 0u] = sum; }
      if (column + 1u < sizes.n) { let bias = biases[column + 1u]; var sum = sums[row - firstRow][1]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 1u] = sum; }
      if (column + 2u < sizes.n) { let bias = biases[column + 2u]; var sum = sums[row - firstRow][2]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 2u] = sum; }
      if (column + 3u < sizes.n) { let bias = biases[column + 3u]; var sum = sums[row - firstRow][3]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 3u] = sum; }
    }
  }
  {
    let column = (group.x * 8u + 4u + lane) * 4u;
    var sums = array<vec4f, 4>(c0_1, c1_1, c2_1, c3_1);
    for (var row = firstRow; row < endRow; row++) {
      let at = base + row * sizes.outRowStride + column;
      if (column + 0u < sizes.n) { let bias = biases[column + 0u]; var sum = sums[row - firstRow][0]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 0u] = sum; }
      if (column + 1u < sizes.n) { let bias = biases[column + 1u]; var sum = sums[row - firstRow][1]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 1u] = sum; }
      if (column + 2u < sizes.n) { let bias = biases[column + 2u]; var sum = sums[row - firstRow][2]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 2u] = sum; }
      if (column + 3u < sizes.n) { let bias = biases[column + 3u]; var sum = sums[row - firstRow][3]; sum *= bitcast<f32>(sizes.scale); sum += bias; sum = max(sum, 0.0); product[at + 3u] = sum; }
    }
  }
}

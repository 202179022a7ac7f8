struct Sizes { leftOffset: u32, leftRowStride: u32, leftColumnStride: u32, leftBatchOuter: u32, leftBatchInner: u32, rightOffset: u32, rightRowStride: u32, rightColumnStride: u32, rightBatchOuter: u32, rightBatchInner: u32, outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, k: u32, batchInner: u32, scale: u32, elements: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= sizes.elements) { return; }
  let matrix = sizes.m * sizes.n;
  let z = i / matrix;
  let row = (i % matrix) / sizes.n;
  let column = i % sizes.n;
  let leftAt = sizes.leftOffset + (z / sizes.batchInner) * sizes.leftBatchOuter + (z % sizes.batchInner) * sizes.leftBatchInner + row * sizes.leftRowStride;
  let rightAt = sizes.rightOffset + (z / sizes.batchInner) * sizes.rightBatchOuter + (z % sizes.batchInner) * sizes.rightBatchInner + column * sizes.rightColumnStride;
  let at = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner + row * sizes.outRowStride + column;
  var total = 0.0;
  for (var k = 0u; k < sizes.k; k++) {
    total = fma(left[leftAt + k * sizes.leftColumnStride], right[rightAt + k * sizes.rightRowStride], total);
  }
  { var sum = total; sum *= bitcast<f32>(sizes.scale); sum = max(sum, 0.0); product[at] = sum; }
}

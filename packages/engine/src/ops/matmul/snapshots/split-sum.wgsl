struct Sizes { outOffset: u32, outRowStride: u32, outColumnStride: u32, outBatchOuter: u32, outBatchInner: u32, m: u32, n: u32, splits: u32, batchInner: u32, scale: u32, elements: u32 }
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> product: array<f32>;
@group(0) @binding(2) var<storage, read> biases: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= sizes.elements) { return; }
  let matrix = sizes.m * sizes.n;
  let z = i / matrix;
  let row = (i % matrix) / sizes.n;
  let column = i % sizes.n;
  let at = sizes.outOffset + (z / sizes.batchInner) * sizes.outBatchOuter + (z % sizes.batchInner) * sizes.outBatchInner + row * sizes.outRowStride + column;
  var total = 0.0;
  for (var split = 0u; split < sizes.splits; split++) {
    total += parts[(z * sizes.splits + split) * matrix + i % matrix];
  }
  { var sum = total; sum *= bitcast<f32>(sizes.scale); sum += biases[column]; product[at] = sum; }
}

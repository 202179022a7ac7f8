// Reductions over a workgroup through workgroup memory: any adapter, any subgroup size.
override WORKGROUP_SIZE: u32 = 64;   // a power of two: the trees halve it

var<workgroup> reducePartialF: array<f32, WORKGROUP_SIZE>;
var<workgroup> reducePartialU: array<u32, WORKGROUP_SIZE>;

fn workgroupSum(value: f32, lane: u32) -> f32 {
  reducePartialF[lane] = value;
  workgroupBarrier();
  for (var stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
    if (lane < stride) { reducePartialF[lane] += reducePartialF[lane + stride]; }
    workgroupBarrier();
  }
  let total = workgroupUniformLoad(&reducePartialF[0]);
  workgroupBarrier();
  return total;
}

fn workgroupMax(value: f32, lane: u32) -> f32 {
  reducePartialF[lane] = value;
  workgroupBarrier();
  for (var stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
    if (lane < stride) { reducePartialF[lane] = max(reducePartialF[lane], reducePartialF[lane + stride]); }
    workgroupBarrier();
  }
  let total = workgroupUniformLoad(&reducePartialF[0]);
  workgroupBarrier();
  return total;
}

fn workgroupCount(value: u32, lane: u32) -> u32 {
  reducePartialU[lane] = value;
  workgroupBarrier();
  for (var stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
    if (lane < stride) { reducePartialU[lane] += reducePartialU[lane + stride]; }
    workgroupBarrier();
  }
  let total = workgroupUniformLoad(&reducePartialU[0]);
  workgroupBarrier();
  return total;
}

// Sum of the values of all lower lanes.
fn workgroupPrefix(value: u32, lane: u32) -> u32 {
  reducePartialU[lane] = value;
  workgroupBarrier();
  for (var stride = 1u; stride < WORKGROUP_SIZE; stride *= 2) {
    let below = select(0u, reducePartialU[max(lane, stride) - stride], lane >= stride);
    workgroupBarrier();
    reducePartialU[lane] += below;
    workgroupBarrier();
  }
  let through = reducePartialU[lane];
  workgroupBarrier();
  return through - value;
}

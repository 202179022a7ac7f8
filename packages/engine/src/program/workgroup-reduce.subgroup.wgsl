// Reductions over a workgroup that is exactly one subgroup: CPU adapters, where barriers are dear.
enable subgroups;
// What a reduction returned is the same in every lane, and may decide how often the next one is called; the analysis does
// not know that.
diagnostic(off, subgroup_uniformity);
override WORKGROUP_SIZE: u32 = 4;

fn workgroupSum(value: f32, lane: u32) -> f32 { return subgroupAdd(value); }
fn workgroupMax(value: f32, lane: u32) -> f32 { return subgroupMax(value); }
fn workgroupCount(value: u32, lane: u32) -> u32 { return subgroupAdd(value); }
// Sum of the values of all lower lanes.
fn workgroupPrefix(value: u32, lane: u32) -> u32 { return subgroupExclusiveAdd(value); }

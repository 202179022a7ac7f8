// found[0] = the lowest index of an element that is infinite or no number, and found[1] = which of the two there are:
// 1 infinities, 2 NaNs. found starts as (0xffffffff, 0). Each thread takes every so many elements.
@group(0) @binding(0) var<storage, read> bits: array<u32>;   // of f32
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>, 2>;

struct Sizes { count: u32 }
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < sizes.count; i += 64u * groups.x) {
    // All bits of the exponent are set; the fraction tells an infinity from a NaN.
    if ((bits[i] & 0x7f800000u) == 0x7f800000u) {
      atomicMin(&found[0], i);
      atomicOr(&found[1], select(2u, 1u, (bits[i] & 0x007fffffu) == 0u));
    }
  }
}

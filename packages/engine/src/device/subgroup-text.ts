/**
 * Has a kernel run at one subgroup size on a device that could choose among several. Kernels that use no subgroup
 * operations stay as they are. Needs the feature subgroup-size-control.
 */
export function pinSubgroupSize(code: string, size: number): string {
  if (!/^\s*enable subgroups;/m.test(code)) return code;
  return `enable subgroup_size_control;\n${code.replaceAll('@compute', `@compute @subgroup_size(${size})`)}`;
}

import { expect, test } from 'vitest';
import { pinSubgroupSize } from './subgroup-text.ts';

test('a kernel with subgroup operations demands its size, and another stays as it is', () => {
  const main = '@compute @workgroup_size(64) fn main() {}';
  expect(pinSubgroupSize(`enable subgroups;\n${main}`, 32)).toBe(
    `enable subgroup_size_control;\nenable subgroups;\n@compute @subgroup_size(32) @workgroup_size(64) fn main() {}`,
  );
  expect(pinSubgroupSize(main, 32)).toBe(main);
});

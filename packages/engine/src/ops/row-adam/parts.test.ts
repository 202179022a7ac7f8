import { expect, test } from 'vitest';
import { partsWords } from './parts.ts';
import { rowOf } from './parts.reference.ts';

test("rows of the first part meet the rows of their column's group, those of the second part come after", () => {
  const row = rowOf({ first: 4, second: 12, groups: [2, 5, 9] });
  expect([row(3, 0), row(3, 1), row(3, 2), row(0, 8)]).toEqual([3, 3, 7, 8]);
  expect([row(4, 0), row(6, 8)]).toEqual([12, 14]);
});

test('groups that are not of all columns, or not one after another, are refused', () => {
  const words = (groups: readonly number[]) => () => partsWords({ first: 4, second: 0, groups }, 9);
  expect([...words([2, 9])()]).toEqual([4, 0, 0, 0, 0, 0, 0, 0, 2, 9]);
  expect(words([2, 8])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: expected at most 56 groups that end one after another, the last at 9, got ends at 2, 8]`,
  );
  expect(words([5, 5, 9])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: expected at most 56 groups that end one after another, the last at 9, got ends at 5, 5, 9]`,
  );
  expect(words(Array.from({ length: 70 }, (_, i) => i + 1))).toThrow(/^expected at most 56 groups/);
});

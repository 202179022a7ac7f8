import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normals } from '../../random/seeded.ts';
import { placeFeatures, type MappedDictionary, type Place } from './place-features.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const WIDTH = 16;
const GROUPS = 6;

/** Rows near one of a few directions, which are the same for every dictionary. */
function dictionary(id: string, features: number, seed: number): MappedDictionary {
  const [direction, noise] = [normals(99), normals(seed)];
  const directions = Float32Array.from({ length: GROUPS * WIDTH }, direction);
  const decoder = Float32Array.from(
    { length: features * WIDTH },
    (_, i) => directions[(Math.floor(i / WIDTH) % GROUPS) * WIDTH + (i % WIDTH)]! + 0.15 * noise(),
  );
  return { id, features, decoder, active: (feature) => (feature === 3 ? 0 : 10 + feature) };
}

const dictionaries = [dictionary('A/0', 30, 1), dictionary('A/1', 90, 2)];
const placesOf = async (of: readonly MappedDictionary[]) => {
  const map = await placeFeatures(gpu, of, 5, () => {});
  return map.places(() => {});
};
const place = () => placesOf(dictionaries);

test('features with like directions stand together on the map, whatever dictionary they are of', async () => {
  const places = await place();
  const points = dictionaries.flatMap(({ id }) =>
    places.get(id)!.flatMap((at, feature) => (at === null ? [] : [{ group: feature % GROUPS, ...at }])),
  );
  expect(points).toHaveLength(30 + 90 - 2);
  // Trustworthiness in the simplest form: the nearest on the map is of the same group.
  const right = points.filter((point) => {
    const others = points.filter((other) => other !== point);
    const distance = (other: Place) => (other.x - point.x) ** 2 + (other.y - point.y) ** 2;
    return (
      others.reduce((best, other) => (distance(other) < distance(best) ? other : best)).group === point.group
    );
  });
  expect(right.length / points.length).toBeGreaterThan(0.95);
  const clustered = points.filter(({ cluster }) => cluster !== null);
  expect(clustered.length).toBeGreaterThan(points.length / 2);
  for (const { cluster } of clustered) {
    const groups = new Set(clustered.filter((other) => other.cluster === cluster).map(({ group }) => group));
    expect(groups.size).toBe(1);
  }
});

test('every dictionary has one line of its live features, and dead ones have no place', async () => {
  const places = await place();
  for (const { id, features } of dictionaries) {
    const own = places.get(id)!;
    expect(own[3]).toBeNull();
    const orders = own.flatMap((at) => (at === null ? [] : [at.order])).toSorted((a, b) => a - b);
    expect(orders).toEqual(Array.from({ length: features - 1 }, (_, i) => i));
  }
});

test('the same seed gives the same map', async () => {
  expect(await place()).toEqual(await place());
});

test('too few features make no map', async () => {
  const places = await placesOf([dictionary('A/0', 8, 1)]);
  expect(places.get('A/0')).toEqual(Array.from({ length: 8 }, () => null));
});

import { setImmediate } from 'node:timers/promises';

/**
 * HDBSCAN (Campello, Moulavi and Sander 2013; McInnes and Healy 2017): clusters of any shape and density, and points
 * that belong to none. No well-kept package does this with memory that is linear in the points.
 */

/** Points compared with all others, between which other work of the process goes on. */
const AT_A_TIME = 64;

/** A merge of two trees of points; nodes below the number of points are points, others earlier merges. */
interface Merge {
  readonly left: number;
  readonly right: number;
  readonly distance: number;
  readonly size: number;
}

/**
 * Clusters points by excess of mass over Euclidean distances. Time grows with the square of the number of points,
 * memory with the number. The same points give the same clusters.
 *
 * @param points (N,D), row-major
 * @param minClusterSize least points of a cluster; also the neighbours that a point's density is taken from, itself
 *   among them
 * @param watch called often; throws to stop
 * @returns (N) number of each point's cluster, numbered by their first points; -1 for points in none
 */
export async function hdbscan(
  points: Float64Array,
  dimensions: number,
  minClusterSize: number,
  watch: () => void,
): Promise<Int32Array> {
  const count = points.length / dimensions;
  if (count < 2 * minClusterSize) return new Int32Array(count).fill(-1);
  const breathe = async (): Promise<void> => {
    watch();
    await setImmediate();
  };
  const core = await coreDistances(points, dimensions, Math.min(minClusterSize, count), breathe);
  return selectClusters(await merges(points, dimensions, core, breathe), count, minClusterSize);
}

/** (N) distance of each point to the k-th nearest, itself the first. */
async function coreDistances(
  points: Float64Array,
  dimensions: number,
  k: number,
  breathe: () => Promise<void>,
): Promise<Float64Array> {
  const count = points.length / dimensions;
  // (N,k) squared distances to the nearest so far, ascending; each pair is looked at once.
  const nearest = new Float64Array(count * k).fill(Infinity);
  const meet = (point: number, distance: number): void => {
    const [first, last] = [point * k, point * k + k - 1];
    if (distance >= nearest[last]!) return;
    let at = last;
    for (; at > first && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!;
    nearest[at] = distance;
  };
  for (let i = 0; i < count; i++) {
    if (i % AT_A_TIME === 0) await breathe();
    meet(i, 0);
    for (let j = 0; j < i; j++) {
      const distance = squaredDistance(points, dimensions, i, j);
      meet(i, distance);
      meet(j, distance);
    }
  }
  return Float64Array.from({ length: count }, (_, i) => Math.sqrt(nearest[i * k + k - 1]!));
}

function squaredDistance(points: Float64Array, dimensions: number, i: number, j: number): number {
  let sum = 0;
  for (let d = 0; d < dimensions; d++)
    sum += (points[i * dimensions + d]! - points[j * dimensions + d]!) ** 2;
  return sum;
}

/** The single-linkage tree over mutual reachability, max(d(i,j), core(i), core(j)), from Prim's spanning tree. */
async function merges(
  points: Float64Array,
  dimensions: number,
  core: Float64Array,
  breathe: () => Promise<void>,
): Promise<Merge[]> {
  const count = core.length;
  const best = new Float64Array(count).fill(Infinity);
  const from = new Int32Array(count);
  const outside = Int32Array.from({ length: count - 1 }, (_, i) => i + 1);
  const edges: { a: number; b: number; distance: number }[] = [];
  let last = 0;
  for (let left = count - 1; left > 0; left--) {
    if (left % AT_A_TIME === 0) await breathe();
    let nearest = 0;
    for (let at = 0; at < left; at++) {
      const point = outside[at]!;
      const distance = Math.max(
        Math.sqrt(squaredDistance(points, dimensions, last, point)),
        core[last]!,
        core[point]!,
      );
      if (distance < best[point]!) {
        best[point] = distance;
        from[point] = last;
      }
      const other = outside[nearest]!;
      if (best[point]! < best[other]! || (best[point] === best[other] && point < other)) nearest = at;
    }
    last = outside[nearest]!;
    outside[nearest] = outside[left - 1]!;
    edges.push({ a: from[last]!, b: last, distance: best[last]! });
  }
  edges.sort((a, b) => a.distance - b.distance);
  return linked(edges, count);
}

function linked(edges: readonly { a: number; b: number; distance: number }[], count: number): Merge[] {
  const parent = Int32Array.from({ length: 2 * count - 1 }, (_, i) => i);
  const find = (node: number): number => {
    let root = node;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = node; at !== root;) {
      const next = parent[at]!;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  const result: Merge[] = [];
  const sizeOf = (node: number): number => (node < count ? 1 : result[node - count]!.size);
  for (const { a, b, distance } of edges) {
    const [left, right] = [find(a), find(b)];
    parent[left] = count + result.length;
    parent[right] = count + result.length;
    result.push({ left, right, distance, size: sizeOf(left) + sizeOf(right) });
  }
  return result;
}

/** A cluster of the condensed tree: it is born at a density, loses points as that grows, and may fall in two. */
interface Cluster {
  readonly parent: number;
  readonly birth: number;
  stability: number;
  children: number[];
}

/** Keeps of the condensed tree the clusters that hold most together; the whole is never one. */
function selectClusters(tree: readonly Merge[], count: number, minSize: number): Int32Array {
  const clusters: Cluster[] = [{ parent: -1, birth: 0, stability: 0, children: [] }];
  const fellFrom = new Int32Array(count);
  const sizeOf = (node: number): number => (node < count ? 1 : tree[node - count]!.size);
  const fall = (node: number, cluster: number, density: number): void => {
    const waiting = [node];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next < count) {
        fellFrom[next] = cluster;
        clusters[cluster]!.stability += density - clusters[cluster]!.birth;
      } else waiting.push(tree[next - count]!.left, tree[next - count]!.right);
    }
  };
  const waiting = [{ node: 2 * count - 2, cluster: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, cluster } = next;
    const { left, right, distance } = tree[node - count]!;
    // Points that coincide are infinitely dense; a bound keeps sums finite.
    const density = 1 / Math.max(distance, 1e-12);
    const large = [left, right].filter((side) => sizeOf(side) >= minSize);
    for (const side of [left, right]) if (sizeOf(side) < minSize) fall(side, cluster, density);
    if (large.length === 2) {
      for (const side of large) {
        clusters[cluster]!.stability += (density - clusters[cluster]!.birth) * sizeOf(side);
        const child = clusters.push({ parent: cluster, birth: density, stability: 0, children: [] }) - 1;
        clusters[cluster]!.children.push(child);
        waiting.push({ node: side, cluster: child });
      }
    } else if (large.length === 1) waiting.push({ node: large[0]!, cluster });
  }
  return label(clusters, fellFrom);
}

function label(clusters: readonly Cluster[], fellFrom: Int32Array): Int32Array {
  const held = clusters.map(({ stability }) => stability);
  const selected = new Uint8Array(clusters.length).fill(1);
  // Children stand after their parents, so this goes from the leaves up.
  for (let c = clusters.length - 1; c >= 0; c--) {
    const below = clusters[c]!.children.reduce((sum, child) => sum + held[child]!, 0);
    if (clusters[c]!.children.length > 0 && (c === 0 || below > held[c]!)) {
      selected[c] = 0;
      held[c] = below;
    }
  }
  selected[0] = 0;
  const owner = new Int32Array(clusters.length).fill(-1);
  clusters.forEach(({ parent }, c) => {
    const above = parent < 0 ? -1 : owner[parent]!;
    owner[c] = above >= 0 ? above : selected[c] === 1 ? c : -1;
  });
  const numbers = new Map<number, number>();
  return fellFrom.map((cluster) => {
    const of = owner[cluster]!;
    if (of < 0) return -1;
    const number = numbers.get(of) ?? numbers.size;
    numbers.set(of, number);
    return number;
  });
}

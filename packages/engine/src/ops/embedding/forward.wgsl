// embedding forward: x[n] = tokenTable[tokens[n]] + positionTable[n mod CONTEXT]
// tokens (N)  tokenTable (V,D) or a block of its rows  positionTable (T,D)  ->  x (N,D). One thread an element.
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> tokenTable: array<f32>;
@group(0) @binding(2) var<storage, read> positionTable: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

override COUNT: u32;
override WIDTH: u32;
override CONTEXT: u32;
override FIRST: u32;    // the tokens whose rows tokenTable has here
override TOKENS: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let n = i / WIDTH;
  let d = i % WIDTH;
  let token = tokens[n] - FIRST;   // wraps below FIRST, and is then too large
  if (token < TOKENS) { x[i] = tokenTable[token * WIDTH + d] + positionTable[(n % CONTEXT) * WIDTH + d]; }
}

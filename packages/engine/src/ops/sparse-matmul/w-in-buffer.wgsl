@group(0) @binding(3) var<storage, read> w: array<Column>;

fn weights(i: u32) -> Column { return w[i]; }

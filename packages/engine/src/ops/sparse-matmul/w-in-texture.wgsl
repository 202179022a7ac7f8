@group(0) @binding(3) var w: texture_storage_2d<rgba32float, read>;

override TEXELS: u32;   // of a row of the texture

fn weights(i: u32) -> Column { return textureLoad(w, vec2u(i % TEXELS, i / TEXELS)); }

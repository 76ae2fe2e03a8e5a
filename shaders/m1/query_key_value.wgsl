// Queries, keys and values of each lane's position; the latter two go to the lane's cache. The matrix's outputs are all
// queries, then all keys, then all values. Composed with tile.wgsl.

// Words of four channels of all heads, padded.
override ACROSS_WORDS: u32;
// Positions that a lane's cache holds: the begin symbol's first, then the last ones, each in the place of one too old
// to see.
override SLOTS: u32;

// (input, position) of each lane: as many as there are caches.
@group(0) @binding(3) var<storage, read> inputs: array<vec2<u32>>;
// [lane][ACROSS_WORDS]
@group(0) @binding(4) var<storage, read_write> queries: array<u32>;
// [lane][slot][ACROSS_WORDS]
@group(0) @binding(5) var<storage, read_write> keys: array<u32>;
@group(0) @binding(6) var<storage, read_write> values: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let sums = scaled_sums(group.y, group.x, local);
    let tiles = ACROSS_WORDS / 8u;
    let part = group.x / tiles;
    let word = output_word(group.x % tiles, local);
    let first = first_lane(group.y, local);
    for (var i = 0u; i < 4u; i++) {
        let lane = first + i;
        let packed = pack_8(clamp(sums[i], vec4<i32>(-127), vec4<i32>(127)));
        if (part == 0u) {
            queries[lane * ACROSS_WORDS + word] = packed;
        } else if (lane < arrayLength(&inputs)) {
            let position = inputs[lane].y;
            let slot = select(1u + (position - 1u) % (SLOTS - 1u), 0u, position == 0u);
            let at = (lane * SLOTS + slot) * ACROSS_WORDS + word;
            if (part == 1u) {
                keys[at] = packed;
            } else {
                values[at] = packed;
            }
        }
    }
}

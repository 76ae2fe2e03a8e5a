// The logits, in units of 2^−8 bits. Composed with tile.wgsl.

// Logits of a lane, padded.
override LOGITS: u32;

// [lane][LOGITS]
@group(0) @binding(3) var<storage, read_write> logits: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let sums = scaled_sums(group.y, group.x, local);
    let output = output_word(group.x, local) * 4u;
    let first = first_lane(group.y, local);
    for (var lane = 0u; lane < 4u; lane++) {
        for (var i = 0u; i < 4u; i++) {
            logits[(first + lane) * LOGITS + output + i] = sums[lane][i];
        }
    }
}

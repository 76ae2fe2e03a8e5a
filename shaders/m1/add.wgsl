// A product that is added to the stream, which is kept within ±2^26. Composed with tile.wgsl.

// Values of a row, padded.
override STRIDE: u32;

const STREAM_LIMIT: i32 = 1 << 26u;

// [lane][STRIDE]
@group(0) @binding(3) var<storage, read_write> stream: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let sums = scaled_sums(group.y, group.x, local);
    let output = output_word(group.x, local) * 4u;
    let first = first_lane(group.y, local);
    for (var lane = 0u; lane < 4u; lane++) {
        for (var i = 0u; i < 4u; i++) {
            let at = (first + lane) * STRIDE + output + i;
            stream[at] = clamp(stream[at] + sums[lane][i], -STREAM_LIMIT, STREAM_LIMIT);
        }
    }
}

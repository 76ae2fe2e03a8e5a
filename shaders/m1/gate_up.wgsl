// The MLP's hidden layer: gate, times up, in 8 bits. The matrix's outputs are all gates, then all ups. Composed with
// tile.wgsl.

// Words of four hidden values, padded.
override HIDDEN_WORDS: u32;

const LIMIT: i32 = (1 << 15u) - 1;

// (multiplier, shift) of each hidden value.
@group(0) @binding(3) var<storage, read> hidden_scales: array<vec2<i32>>;
// [lane][HIDDEN_WORDS]
@group(0) @binding(4) var<storage, read_write> hidden: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let gates = scaled_sums(group.y, group.x, local);
    let ups = scaled_sums(group.y, HIDDEN_WORDS / 8u + group.x, local);
    let word = output_word(group.x, local);
    let first = first_lane(group.y, local);
    for (var lane = 0u; lane < 4u; lane++) {
        let gate = clamp(gates[lane], vec4<i32>(0), vec4<i32>(LIMIT));
        let product = gate * clamp(ups[lane], vec4<i32>(-LIMIT), vec4<i32>(LIMIT));
        var result: vec4<i32>;
        for (var i = 0u; i < 4u; i++) {
            result[i] = clamp_8(scale(product[i], hidden_scales[word * 4u + i]));
        }
        hidden[(first + lane) * HIDDEN_WORDS + word] = pack_8(result);
    }
}

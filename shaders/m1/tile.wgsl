// The tile that all matrix products are made of: 32 lanes by 32 outputs in a workgroup of 64, four by four in each
// invocation. Composed with shared/fixed_point.wgsl and a shared/dot_….wgsl.

// Words of four inputs in a row, a multiple of 8.
override WORDS: u32;

// [lane][WORDS]
@group(0) @binding(0) var<storage, read> activations: array<u32>;
// [tile of outputs][WORDS][outputs / 4]: four outputs' words of the same inputs, as an invocation takes them, so that a
// workgroup reads its weights as one run.
@group(0) @binding(1) var<storage, read> weights: array<vec4<u32>>;
// (multiplier, shift) of each output.
@group(0) @binding(2) var<storage, read> scales: array<vec2<i32>>;

// Words of four rows in workgroup memory; one more than the eight rows of a tile, so that the writes spread over its
// banks.
const ROWS: u32 = 9u;

var<workgroup> tile_activations: array<vec4<u32>, 72>;
var<workgroup> tile_weights: array<vec4<u32>, 64>;

// Sums of a vector for each lane and a component for each output.
alias Sums = array<vec4<i32>, 4>;

// The invocation's first lane, given the tile's number.
fn first_lane(lanes: u32, local: u32) -> u32 {
    return lanes * 32u + (local >> 3u) * 4u;
}

// The invocation's word of four outputs, given the tile's number.
fn output_word(outputs: u32, local: u32) -> u32 {
    return outputs * 8u + (local & 7u);
}

// Scaled sums. Every invocation of the workgroup is to call this.
fn scaled_sums(lanes: u32, outputs: u32, local: u32) -> Sums {
    var sums: Sums;
    let four = local >> 3u;
    let column = local & 7u;
    let row = first_lane(lanes, local) * WORDS + column;
    for (var first = 0u; first < WORDS; first += 8u) {
        workgroupBarrier();
        let a = row + first;
        let b = a + 2u * WORDS;
        tile_activations[column * ROWS + four] =
            vec4<u32>(activations[a], activations[a + WORDS], activations[b], activations[b + WORDS]);
        tile_weights[local] = weights[(outputs * WORDS + first) * 8u + local];
        workgroupBarrier();
        for (var k = 0u; k < 8u; k++) {
            let x = tile_activations[k * ROWS + four];
            let w = tile_weights[k * 8u + column];
            sums[0] += vec4<i32>(dot_8(x.x, w.x), dot_8(x.x, w.y), dot_8(x.x, w.z), dot_8(x.x, w.w));
            sums[1] += vec4<i32>(dot_8(x.y, w.x), dot_8(x.y, w.y), dot_8(x.y, w.z), dot_8(x.y, w.w));
            sums[2] += vec4<i32>(dot_8(x.z, w.x), dot_8(x.z, w.y), dot_8(x.z, w.z), dot_8(x.z, w.w));
            sums[3] += vec4<i32>(dot_8(x.w, w.x), dot_8(x.w, w.y), dot_8(x.w, w.z), dot_8(x.w, w.w));
        }
    }
    let output = output_word(outputs, local) * 4u;
    for (var lane = 0u; lane < 4u; lane++) {
        for (var i = 0u; i < 4u; i++) {
            sums[lane][i] = scale(sums[lane][i], scales[output + i]);
        }
    }
    return sums;
}

// Attention of one position of each lane over what it sees: the begin symbol and the last SLOTS − 1 positions, itself
// included. A workgroup is a head of a lane. CPU twin: src/m1/integer/attention.rs.
// Composed with shared/fixed_point.wgsl, shared/exp2.wgsl and a shared/dot_….wgsl.

// Words of four channels of one head, and of all heads, padded.
override HEAD_WORDS: u32;
override ACROSS_WORDS: u32;
// Positions that a lane's cache holds, as query_key_value.wgsl fills it.
override SLOTS: u32;

// Values of one head in `heads`: its scores' multiplier and shift, and a bias for each distance up to the last.
const LAST_DISTANCE: u32 = 128u;
const HEAD_VALUES: u32 = 2u + LAST_DISTANCE + 1u;
const ATTENTION_SHIFT: u32 = 9u;
const MOST_SLOTS: u32 = 1024u;

// (input, position) of each lane.
@group(0) @binding(0) var<storage, read> inputs: array<vec2<u32>>;
// [lane][ACROSS_WORDS]
@group(0) @binding(1) var<storage, read> queries: array<u32>;
// [lane][slot][ACROSS_WORDS]
@group(0) @binding(2) var<storage, read> keys: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<u32>;
// [head][HEAD_VALUES]
@group(0) @binding(4) var<storage, read> heads: array<i32>;
// A multiplier for each channel, [4 · ACROSS_WORDS], then the shift.
@group(0) @binding(5) var<storage, read> mix: array<i32>;
@group(0) @binding(6) var<storage, read> exp2_table: array<u32>;
// [lane][ACROSS_WORDS]
@group(0) @binding(7) var<storage, read_write> mixed: array<u32>;

// Scores, then weights, of the visible positions.
var<workgroup> weights: array<i32, MOST_SLOTS>;
var<workgroup> largest: atomic<i32>;
var<workgroup> total: atomic<u32>;
var<workgroup> partial: array<vec4<i32>, 64>;

// Where the visible position `i` stands in the cache: the begin symbol is 0, and then the newest come first.
fn slot_of(i: u32, position: u32) -> u32 {
    return select(1u + (position - i) % (SLOTS - 1u), 0u, i == 0u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let head = group.x;
    let lane = group.y;
    let position = inputs[lane].y;
    let visible = 1u + min(position, SLOTS - 1u);
    let query = lane * ACROSS_WORDS + head * HEAD_WORDS;
    let cache = lane * SLOTS * ACROSS_WORDS + head * HEAD_WORDS;
    if (local == 0u) {
        atomicStore(&largest, -0x7fffffff);
        atomicStore(&total, 0u);
    }
    workgroupBarrier();

    let score_scale = vec2<i32>(heads[head * HEAD_VALUES], heads[head * HEAD_VALUES + 1u]);
    var most = -0x7fffffff;
    for (var i = local; i < visible; i += 64u) {
        let key = cache + slot_of(i, position) * ACROSS_WORDS;
        var dot = 0;
        for (var word = 0u; word < HEAD_WORDS; word++) {
            dot += dot_8(queries[query + word], keys[key + word]);
        }
        let distance = min(select(i - 1u, position, i == 0u), LAST_DISTANCE);
        let score = scale(dot, score_scale) + heads[head * HEAD_VALUES + 2u + distance];
        weights[i] = score;
        most = max(most, score);
    }
    atomicMax(&largest, most);
    workgroupBarrier();

    let highest = atomicLoad(&largest);
    var sum = 0u;
    for (var i = local; i < visible; i += 64u) {
        let weight = round_shift(i32(exp2_fixed(u32(highest - weights[i]))), ATTENTION_SHIFT);
        weights[i] = weight;
        sum += u32(weight);
    }
    atomicAdd(&total, sum);
    workgroupBarrier();

    let weight_sum = atomicLoad(&total);
    let bits = bit_length(weight_sum);
    let sixteen = select(weight_sum << (16u - min(bits, 16u)), weight_sum >> (max(bits, 16u) - 16u), bits > 16u);
    let reciprocal = i32(0x7fffffffu / sixteen);
    let mix_shift = u32(mix[4u * ACROSS_WORDS]);

    // Invocations share out the head's words, and where there are few of those, the positions as well.
    let width = min(HEAD_WORDS, 64u);
    let parts = 64u / width;
    let part = local / width;
    for (var first = 0u; first < HEAD_WORDS; first += width) {
        let word = first + local % width;
        var sums = vec4<i32>(0);
        if (part < parts && word < HEAD_WORDS) {
            for (var i = part; i < visible; i += parts) {
                sums += weights[i] * unpack_8(values[cache + slot_of(i, position) * ACROSS_WORDS + word]);
            }
        }
        partial[local] = sums;
        workgroupBarrier();
        if (part == 0u && word < HEAD_WORDS) {
            for (var other = 1u; other < parts; other++) {
                sums += partial[other * width + local];
            }
            let channel = (head * HEAD_WORDS + word) * 4u;
            var result: vec4<i32>;
            for (var i = 0u; i < 4u; i++) {
                let mean = round_shift(multiply_16(sums[i], reciprocal), bits - 9u);
                result[i] = clamp_8(round_shift(mean * mix[channel + i], mix_shift));
            }
            mixed[query + word] = pack_8(result);
        }
        workgroupBarrier();
    }
}

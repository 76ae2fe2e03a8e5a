// RMS norm of each lane's stream into 8 bits. A workgroup is a lane. CPU twin: src/m1/integer/norm.rs.
// Composed with shared/fixed_point.wgsl and shared/square_root.wgsl.

// Values of a row, padded with zeros, which change neither the largest nor the sum.
override STRIDE: u32;
// What each square gives up, so that all of a row's fit in 32 bits.
override SQUARE_SHIFT: u32;

// [lane][STRIDE]
@group(0) @binding(0) var<storage, read> stream: array<i32>;
// A multiplier for each channel, [STRIDE], then the shift.
@group(0) @binding(1) var<storage, read> norm: array<i32>;
// [lane][STRIDE / 4] words of four.
@group(0) @binding(2) var<storage, read_write> normed: array<u32>;

var<workgroup> largest: atomic<u32>;
var<workgroup> squares: atomic<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let row = group.x * STRIDE;
    if (local == 0u) {
        atomicStore(&largest, 0u);
        atomicStore(&squares, 0u);
    }
    workgroupBarrier();
    var most = 0u;
    for (var i = local; i < STRIDE; i += 64u) {
        most = max(most, u32(abs(stream[row + i])));
    }
    atomicMax(&largest, most);
    workgroupBarrier();
    let bits = i32(bit_length(atomicLoad(&largest)));
    let left = u32(max(15 - bits, 0));
    let right = u32(max(bits - 15, 0));
    var partial = 0u;
    for (var i = local; i < STRIDE; i += 64u) {
        let y = round_shift(stream[row + i] << left, right);
        partial += u32(y * y) >> SQUARE_SHIFT;
    }
    atomicAdd(&squares, partial);
    workgroupBarrier();
    let sum = max(atomicLoad(&squares), 1u);
    let z = countLeadingZeros(sum) & 0xfffffffeu;
    let inverse = i32((1u << 30u) / square_root(sum << z));
    let ratio_shift = 20u - z / 2u;
    let norm_shift = u32(norm[STRIDE]);
    for (var word = local; word < STRIDE / 4u; word += 64u) {
        var result: vec4<i32>;
        for (var i = 0u; i < 4u; i++) {
            let y = round_shift(stream[row + word * 4u + i] << left, right);
            let ratio = round_shift(y * inverse, ratio_shift);
            result[i] = clamp_8(round_shift(ratio * norm[word * 4u + i], norm_shift));
        }
        normed[group.x * (STRIDE / 4u) + word] = pack_8(result);
    }
}

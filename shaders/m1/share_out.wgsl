// From logits to a distribution's bounds, by the rule of src/coding/cdf.rs, exactly. A workgroup of 64 is a lane, and
// each invocation has CHUNK symbols in a row. Composed with shared/exp2.wgsl and shared/wide.wgsl. Weights sum to less
// than 2^31, as 257 · 2^22 does, and precisions end at 24 bits, so that products have 55 bits and bounds 25.

// Logits of a lane, padded.
override LOGITS: u32;

const SYMBOLS: u32 = 257u;
const CHUNK: u32 = 5u;

// [lane][LOGITS]
@group(0) @binding(0) var<storage, read> logits: array<i32>;
@group(0) @binding(1) var<storage, read> exp2_table: array<u32>;

// The result: `bounds[s]..bounds[s + 1]` belongs to symbol `s`.
var<workgroup> bounds: array<u32, SYMBOLS + 1u>;
var<workgroup> largest: atomic<i32>;
var<workgroup> above: atomic<u32>;
var<workgroup> floored: atomic<u32>;
// (what is shared, among how many parts), and whether nobody else leaves.
var<workgroup> shares: vec3<u32>;
// Running totals of (weight that shares, symbols at the floor), in two halves that take turns.
var<workgroup> totals: array<vec2<u32>, 128>;

// Shares 2^precision_bits out. Every invocation of the workgroup is to call this.
fn share_out(lane: u32, local: u32, precision_bits: u32) {
    let whole = 1u << precision_bits;
    let first = local * CHUNK;
    let end = min(first + CHUNK, SYMBOLS);
    if (local == 0u) {
        atomicStore(&largest, -0x7fffffff);
        atomicStore(&above, 0u);
        atomicStore(&floored, 0u);
    }
    workgroupBarrier();
    var most = -0x7fffffff;
    for (var symbol = first; symbol < end; symbol++) {
        most = max(most, logits[lane * LOGITS + symbol]);
    }
    atomicMax(&largest, most);
    workgroupBarrier();
    let highest = atomicLoad(&largest);
    var weights: array<u32, CHUNK>;
    var sum = 0u;
    for (var symbol = first; symbol < end; symbol++) {
        let weight = exp2_fixed(u32(highest - logits[lane * LOGITS + symbol]));
        weights[symbol - first] = weight;
        sum += weight;
    }
    atomicAdd(&above, sum);
    workgroupBarrier();
    if (local == 0u) {
        shares = vec3<u32>(atomicLoad(&above), whole, 0u);
    }

    // Those whose share of what is left is below 1 leave with 1, until nobody does.
    var sharing = 0u;
    var left = 0u;
    loop {
        let now = workgroupUniformLoad(&shares);
        if (now.z == 1u) {
            break;
        }
        sharing = now.x;
        left = now.y;
        if (local == 0u) {
            atomicStore(&above, 0u);
            atomicStore(&floored, 0u);
        }
        workgroupBarrier();
        var kept = vec2<u32>(0u);
        for (var symbol = first; symbol < end; symbol++) {
            kept += contribution(weights[symbol - first], sharing, left);
        }
        atomicAdd(&above, kept.x);
        atomicAdd(&floored, kept.y);
        totals[local] = kept;
        workgroupBarrier();
        if (local == 0u) {
            let next = vec2<u32>(atomicLoad(&above), whole - atomicLoad(&floored));
            shares = vec3<u32>(next, u32(next.x == sharing && next.y == left));
        }
    }

    // The totals of the last round, summed up to and including each invocation's.
    var half = 0u;
    for (var step = 1u; step < 64u; step <<= 1u) {
        var total = totals[half + local];
        if (local >= step) {
            total += totals[half + local - step];
        }
        half ^= 64u;
        totals[half + local] = total;
        workgroupBarrier();
    }
    var before = vec2<u32>(0u);
    if (local > 0u) {
        before = totals[half + local - 1u];
    }
    for (var symbol = first; symbol < end; symbol++) {
        before += contribution(weights[symbol - first], sharing, left);
        bounds[symbol + 1u] = before.y + divide_wide(multiply_wide(before.x, left), sharing);
    }
    if (local == 0u) {
        bounds[0] = 0u;
    }
    workgroupBarrier();
}

// What a symbol adds to the running totals: its weight if it shares, else one part at the floor.
fn contribution(weight: u32, sharing: u32, left: u32) -> vec2<u32> {
    let below = wide_below(multiply_wide(weight, left), sharing);
    return select(vec2<u32>(weight, 0u), vec2<u32>(0u, 1u), below);
}

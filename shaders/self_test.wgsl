// Self-test: `rounds` rounds of `mix` on every value, with a signed 8-bit product summed in between.
// Integer arithmetic is exact in WGSL, so every device must agree with the CPU bit for bit.
// CPU twin: `expected` in src/gpu/self_test.rs. Composed with shared/mix.wgsl.

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;

const ROUNDS: u32 = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if (i >= arrayLength(&input)) {
        return;
    }
    var x = input[i] + i;
    for (var round = 0u; round < ROUNDS; round++) {
        // The low two bytes as signed 8-bit numbers: sign extension and a signed product.
        let a = (bitcast<i32>(x) << 24u) >> 24u;
        let b = (bitcast<i32>(x) << 16u) >> 24u;
        x = mix(x) + bitcast<u32>(a * b);
    }
    output[i] = x;
}

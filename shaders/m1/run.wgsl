// What a block of steps is told, and how far each lane has come in it. CPU twin: `Run` in src/m1/gpu/lanes.rs.

struct Run {
    // Bits of a distribution's precision.
    precision_bits: u32,
    // Steps of this block.
    steps: u32,
    // Bits of a window, and of the precision of its first symbol's distribution.
    window_bits: u32,
    first_precision: u32,
}

@group(0) @binding(2) var<uniform> run: Run;
// (steps done, windows closed) in this block, by lane.
@group(0) @binding(3) var<storage, read_write> progress: array<vec2<u32>>;

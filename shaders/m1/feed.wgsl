// The next input of each lane, as its text has it. An invocation is a lane. Composed with run.wgsl.

// [lane][step]
@group(0) @binding(0) var<storage, read> text: array<u32>;
// (input, position) of each lane; positions count on from block to block.
@group(0) @binding(1) var<storage, read_write> inputs: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let lane = id.x;
    if (lane >= arrayLength(&inputs)) {
        return;
    }
    let step = progress[lane].x;
    inputs[lane] = vec2<u32>(text[lane * run.steps + step], inputs[lane].y + 1u);
    progress[lane].x = step + 1u;
}

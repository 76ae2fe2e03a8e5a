// The stream's first values: the embedding of each lane's input. A workgroup is a lane.

// Values of a row, padded.
override STRIDE: u32;

// (input, position) of each lane.
@group(0) @binding(0) var<storage, read> inputs: array<vec2<u32>>;
// [input][STRIDE]
@group(0) @binding(1) var<storage, read> embed: array<i32>;
// [lane][STRIDE]
@group(0) @binding(2) var<storage, read_write> stream: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let lane = group.x;
    let row = inputs[lane].x * STRIDE;
    for (var i = local; i < STRIDE; i += 64u) {
        stream[lane * STRIDE + i] = embed[row + i];
    }
}

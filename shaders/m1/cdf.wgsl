// The distribution of each lane's next symbol, written out. A workgroup is a lane. Composed with share_out.wgsl and
// run.wgsl.

// [lane][step][SYMBOLS + 1]
@group(0) @binding(4) var<storage, read_write> cdfs: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let lane = group.x;
    share_out(lane, local, run.precision_bits);
    // The lane's step was counted when its input was fed.
    let at = (lane * run.steps + progress[lane].x - 1u) * (SYMBOLS + 1u);
    for (var i = local; i <= SYMBOLS; i += 64u) {
        cdfs[at + i] = bounds[i];
    }
}

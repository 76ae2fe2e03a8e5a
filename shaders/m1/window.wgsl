// The window coder, by the rule of src/coding/window/exact.rs: each lane's next symbol goes into its open window, or
// closes it and begins another. A workgroup is a lane; its invocations make the distribution together, and the first
// one codes. Composed with share_out.wgsl, run.wgsl and shared/limbs.wgsl. Distributions have 16 bits of precision
// here, which scale_limbs relies on, except a window's first.

const PRECISION: u32 = 16u;

// What a text holds besides symbols: a mark on the first symbol of a stream, before which the open window closes, and a
// value of all ones in the other bits where there is no symbol.
const STARTS: u32 = 0x8000u;
const NO_SYMBOL: u32 = 0x7fffu;

// An open window, `WINDOW` words: symbols so far, `low`, `cells`.
const WINDOW: u32 = 1u + 2u * MOST_LIMBS;

// Bounds of a window's first symbol, `run.first_precision` bits.
@group(0) @binding(4) var<storage, read> first_bounds: array<u32>;
// [lane][step / 2]: two symbols in a word, the first lower. `run.steps` is even.
@group(0) @binding(5) var<storage, read> text: array<u32>;
// [lane][WINDOW]
@group(0) @binding(6) var<storage, read_write> windows: array<u32>;
// [lane][step][symbols, used bits, the code's limbs]
@group(0) @binding(7) var<storage, read_write> closed: array<u32>;
// (input, position) of each lane.
@group(0) @binding(8) var<storage, read_write> inputs: array<vec2<u32>>;

// Whether the open window is asked to take the symbol.
var<workgroup> asked: u32;
// Its cells where they are fewer than 2^16, else 0: with more, every symbol fits.
var<workgroup> few_cells: u32;
// Whether splitting them leaves some symbol without a cell.
var<workgroup> misses: atomic<u32>;

fn limb_count() -> u32 {
    return (run.window_bits >> 5u) + 1u;
}

// The words that a closed window takes.
fn record_words() -> u32 {
    return 2u + ((run.window_bits + 31u) >> 5u);
}

fn close(lane: u32, symbols: u32, low: ptr<function, Limbs>, cells: ptr<function, Limbs>) {
    let number = progress[lane].y;
    progress[lane].y = number + 1u;
    let words = record_words();
    let at = (lane * run.steps + number) * words;
    closed[at] = symbols;
    closed[at + 1u] = run.window_bits + 1u - bit_length_limbs(cells, limb_count());
    for (var i = 0u; i + 2u < words; i++) {
        closed[at + 2u + i] = (*low)[i];
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let lane = group.x;
    let step = progress[lane].x;
    let next = (text[(lane * run.steps + step) >> 1u] >> (16u * (step & 1u))) & 0xffffu;
    let limbs = limb_count();
    let window = lane * WINDOW;
    if (local == 0u) {
        atomicStore(&misses, 0u);
        var others = 0u;
        for (var i = 1u; i < limbs; i++) {
            others |= windows[window + 1u + MOST_LIMBS + i];
        }
        let lowest = windows[window + 1u + MOST_LIMBS];
        few_cells = select(0u, lowest, others == 0u && lowest < (1u << PRECISION));
        // One cell is an end cell, whatever the distribution.
        asked = u32(windows[window] > 0u && (next & STARTS) == 0u && few_cells != 1u);
    }
    if (workgroupUniformLoad(&asked) == 1u) {
        share_out(lane, local, PRECISION);
        if (few_cells > 0u) {
            for (var symbol = local; symbol < SYMBOLS; symbol += 64u) {
                if ((few_cells * bounds[symbol]) >> PRECISION == (few_cells * bounds[symbol + 1u]) >> PRECISION) {
                    atomicStore(&misses, 1u);
                }
            }
        }
    }
    workgroupBarrier();
    if (local > 0u) {
        return;
    }

    var symbols = windows[window];
    var low: Limbs;
    var cells: Limbs;
    for (var i = 0u; i < limbs; i++) {
        low[i] = windows[window + 1u + i];
        cells[i] = windows[window + 1u + MOST_LIMBS + i];
    }
    let symbol = next & 0x7fffu;
    var fits = false;
    if (asked == 1u) {
        var split_low = low;
        var split_cells = cells;
        if (atomicLoad(&misses) == 1u) {
            // The first cell is the end cell.
            var one = shifted_limbs(1u, 0u);
            split_low = add_limbs(&split_low, &one, limbs);
            split_cells = subtract_limbs(&split_cells, &one, limbs);
        }
        var start = scale_limbs(&split_cells, bounds[symbol], limbs);
        var stop = scale_limbs(&split_cells, bounds[symbol + 1u], limbs);
        var part = subtract_limbs(&stop, &start, limbs);
        fits = !is_zero_limbs(&part, limbs);
        if (fits) {
            low = add_limbs(&split_low, &start, limbs);
            cells = part;
            symbols += 1u;
        }
    }
    if (!fits) {
        if (symbols > 0u) {
            close(lane, symbols, &low, &cells);
        }
        symbols = 0u;
        if (symbol != NO_SYMBOL) {
            // Of 2^bits cells, a distribution of at most `bits` bits gives each symbol a multiple of 2^shift, at least
            // one.
            let shift = run.window_bits - run.first_precision;
            let bound = first_bounds[symbol];
            low = shifted_limbs(bound, shift);
            cells = shifted_limbs(first_bounds[symbol + 1u] - bound, shift);
            symbols = 1u;
        }
    }
    windows[window] = symbols;
    for (var i = 0u; i < limbs; i++) {
        windows[window + 1u + i] = low[i];
        windows[window + 1u + MOST_LIMBS + i] = cells[i];
    }
    // A lane without a symbol still takes part in the step, at a position that no other lane sees.
    inputs[lane] = vec2<u32>(select(0u, symbol, symbol != NO_SYMBOL), max(symbols, 1u));
    progress[lane].x = step + 1u;
}

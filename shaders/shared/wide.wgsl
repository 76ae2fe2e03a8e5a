// Numbers of 64 bits, which WGSL lacks: (low, high).

// The whole product of two numbers.
fn multiply_wide(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let low = a_low * b_low;
    // At most (2^16 − 1)² + 2^16 − 1, so neither sum overflows.
    let middle = a_high * b_low + (low >> 16u);
    let rest = a_low * b_high + (middle & 0xffffu);
    return vec2<u32>((rest << 16u) | (low & 0xffffu), a_high * b_high + (middle >> 16u) + (rest >> 16u));
}

// Whether `a < b`, for a `b` of 32 bits.
fn wide_below(a: vec2<u32>, b: u32) -> bool {
    return a.y == 0u && a.x < b;
}

// A digit of 16 bits of a quotient (Knuth's algorithm D): that of `high·2^16 + next` by a divisor whose top bit is set.
fn quotient_digit(high: u32, next: u32, divisor: u32) -> u32 {
    let top = divisor >> 16u;
    let bottom = divisor & 0xffffu;
    var digit = high / top;
    var rest = high - digit * top;
    // The estimate is at most two too large.
    while (digit > 0xffffu || digit * bottom > ((rest << 16u) | next)) {
        digit -= 1u;
        rest += top;
        if (rest > 0xffffu) {
            break;
        }
    }
    return digit;
}

// `⌊a / divisor⌋` where it has 32 bits: where `a.y < divisor`.
fn divide_wide(a: vec2<u32>, divisor: u32) -> u32 {
    let shift = countLeadingZeros(divisor);
    let by = divisor << shift;
    // Twice, because a shift by 32 is one by 0.
    let high = (a.y << shift) | ((a.x >> 1u) >> (31u - shift));
    let low = a.x << shift;
    let first = quotient_digit(high, low >> 16u, by);
    let rest = ((high << 16u) | (low >> 16u)) - first * by;
    return (first << 16u) | quotient_digit(rest, low & 0xffffu, by);
}

// Numbers of up to 288 bits, in limbs of 32, the lowest first, for windows of up to 256 bits (2^256 itself has 257).
// Only the first `limbs` of them are in use. CPU twin: src/coding/wide.rs.

const MOST_LIMBS: u32 = 9u;

alias Limbs = array<u32, MOST_LIMBS>;

// `⌊a·bound / 2^16⌋` for a bound of up to 2^16. In digits of 16 bits: each product and its carry fit in 32, as a carry
// stays below 2^16, and dropping the lowest digit divides.
fn scale_limbs(a: ptr<function, Limbs>, bound: u32, limbs: u32) -> Limbs {
    var result: Limbs;
    var carry = 0u;
    for (var i = 0u; i < limbs; i++) {
        let limb = (*a)[i];
        let low = (limb & 0xffffu) * bound + carry;
        let high = (limb >> 16u) * bound + (low >> 16u);
        carry = high >> 16u;
        if (i > 0u) {
            result[i - 1u] |= low << 16u;
        }
        result[i] = high & 0xffffu;
    }
    result[limbs - 1u] |= carry << 16u;
    return result;
}

fn add_limbs(a: ptr<function, Limbs>, b: ptr<function, Limbs>, limbs: u32) -> Limbs {
    var result: Limbs;
    var carry = 0u;
    for (var i = 0u; i < limbs; i++) {
        let partial = (*a)[i] + (*b)[i];
        let sum = partial + carry;
        carry = u32(partial < (*a)[i]) + u32(sum < partial);
        result[i] = sum;
    }
    return result;
}

// `a − b`, where that is not negative.
fn subtract_limbs(a: ptr<function, Limbs>, b: ptr<function, Limbs>, limbs: u32) -> Limbs {
    var result: Limbs;
    var borrow = 0u;
    for (var i = 0u; i < limbs; i++) {
        let partial = (*a)[i] - (*b)[i];
        result[i] = partial - borrow;
        borrow = u32((*a)[i] < (*b)[i]) + u32(partial < borrow);
    }
    return result;
}

fn is_zero_limbs(a: ptr<function, Limbs>, limbs: u32) -> bool {
    var any = 0u;
    for (var i = 0u; i < limbs; i++) {
        any |= (*a)[i];
    }
    return any == 0u;
}

// `value · 2^shift`, for a value and a shift whose product the limbs hold.
fn shifted_limbs(value: u32, shift: u32) -> Limbs {
    var result: Limbs;
    let limb = shift >> 5u;
    let by = shift & 31u;
    result[limb] = value << by;
    if (by > 0u && limb + 1u < MOST_LIMBS) {
        result[limb + 1u] = value >> (32u - by);
    }
    return result;
}

// How many bits a number has: 0 for 0.
fn bit_length_limbs(a: ptr<function, Limbs>, limbs: u32) -> u32 {
    for (var i = limbs; i > 0u; i--) {
        if ((*a)[i - 1u] != 0u) {
            return 32u * i - countLeadingZeros((*a)[i - 1u]);
        }
    }
    return 0u;
}

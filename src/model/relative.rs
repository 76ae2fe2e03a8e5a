//! Distance buckets of the learned relative position bias (paper 3.2; the scheme of T5, one-sided).
//!
//! Near distances have a bucket each, far ones share buckets that widen with the logarithm of the distance, and all
//! distances from [`MAX_DISTANCE`] on share the last one: so a model trained at one context length runs at another.

/// Buckets per head.
pub const BUCKETS: usize = 32;
/// From this distance on every position falls into the last bucket.
pub const MAX_DISTANCE: usize = 128;

/// The bucket of a key that lies `distance` positions before its query (0 = the query's own position).
///
/// The first half of the buckets are exact; bucket `16 + k` begins at distance `16 · (128/16)^(k/16)`, computed on
/// integers so that every device and language agrees on the edges.
pub fn bucket(distance: usize) -> usize {
    const EXACT: usize = BUCKETS / 2;
    /// First distance of each logarithmic bucket: ⌈16 · 8^(k/16)⌉ for k = 1…15.
    const EDGES: [usize; EXACT - 1] = [19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113];
    if distance < EXACT { distance } else { EXACT + EDGES.iter().take_while(|edge| distance >= **edge).count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_those_of_the_formula() {
        for distance in 16..400usize {
            let exact = 16.0 + (distance as f64 / 16.0).ln() / (MAX_DISTANCE as f64 / 16.0).ln() * 16.0;
            assert_eq!(bucket(distance), (exact.floor() as usize).min(BUCKETS - 1), "distance {distance}");
        }
    }

    #[test]
    fn near_distances_have_their_own_bucket() {
        assert!((0..16).all(|distance| bucket(distance) == distance));
    }
}

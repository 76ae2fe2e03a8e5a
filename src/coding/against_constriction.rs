//! Our arithmetic coder and the ANS coder against a coder that others wrote, and against information itself.
//!
//! The `constriction` crate's range coder codes the same symbols with the same integer distributions. No coder can do with
//! fewer bits than the symbols' information, by more than rounding; and ours should not take more than a few bits more.

use constriction::UnwrapInfallible;
use constriction::stream::queue::{DefaultRangeDecoder, DefaultRangeEncoder};
use constriction::stream::{Decode, Encode};
use proptest::prelude::*;

use super::ans::Model;
use super::{ALPHABET, AnsDecoder, ArithmeticDecoder, ArithmeticEncoder, Cdf, Symbol, ans_encode};

/// The lengths of one text in bits.
#[derive(Debug)]
struct Lengths {
    symbols: f64,
    information: f64,
    arithmetic: f64,
    range: f64,
    ans: f64,
}

impl Lengths {
    /// Codes and decodes `text` with all three coders.
    fn of(text: &[(Symbol, Cdf)]) -> Self {
        let mut arithmetic = ArithmeticEncoder::new();
        let mut range = DefaultRangeEncoder::new();
        for (symbol, cdf) in text {
            arithmetic.push(*symbol, cdf);
            range.encode_symbol(symbol, Model(cdf)).unwrap();
        }
        let arithmetic = arithmetic.finish();
        let range = range.into_compressed().unwrap_infallible();
        let ans = ans_encode(text.iter().map(|(symbol, cdf)| (*symbol, cdf)));

        let mut arithmetic_decoder = ArithmeticDecoder::new(&arithmetic);
        let mut range_decoder = DefaultRangeDecoder::from_compressed(&range[..]).unwrap_infallible();
        let mut ans_decoder = AnsDecoder::new(&ans);
        for (symbol, cdf) in text {
            let decoded = range_decoder.decode_symbol(Model(cdf)).unwrap();
            assert_eq!([arithmetic_decoder.next(cdf), decoded, ans_decoder.next(cdf)], [*symbol; 3]);
        }
        Self {
            symbols: text.len() as f64,
            information: text.iter().map(|(symbol, cdf)| cdf.cost_bits(*symbol)).sum(),
            arithmetic: arithmetic.len() as f64,
            range: (32 * range.len()) as f64,
            ans: ans.len() as f64,
        }
    }

    /// What each coder promises.
    fn check(&self) {
        let Self { symbols, information, arithmetic, range, ans } = *self;
        // Whose every continuation decodes: two bits at most.
        assert!(information - 1e-6 <= arithmetic && arithmetic <= information + 2.0, "{self:?}");
        // The peer's interval has 32 bits or more, of which 24 are shared out: less than one part in 2^8 is lost a symbol,
        // and up to two words at the end.
        assert!(information - 1e-6 <= range && range <= information + 64.0 + symbols / 128.0, "{self:?}");
        assert!(arithmetic <= range + 2.0, "{self:?}");
        // As for ANS, which may also gain as much a symbol, and starts with a state of up to 24 bits.
        assert!((ans - information).abs() <= 25.0 + symbols / 128.0, "{self:?}");
    }
}

fn texts() -> impl Strategy<Value = Vec<(Symbol, Cdf)>> {
    let step = (prop::collection::vec(0..40u32, 2..60), 6..=24u8, any::<u32>(), 0..4u8);
    let step = step.prop_map(|(exponents, precision, point, kind)| {
        let weights: Vec<u64> = exponents.iter().map(|exponent| 1 << exponent).collect();
        let cdf = Cdf::from_weights(&weights, precision).unwrap();
        let symbol = match kind {
            0 => (point as usize % weights.len()) as Symbol,
            _ => cdf.find(point >> (32 - precision)),
        };
        (symbol, cdf)
    });
    prop::collection::vec(step, 0..150)
}

/// A text as long as the paper's examples, over all symbols, that its model predicts well.
#[test]
fn an_example_of_the_papers_length_takes_its_information() {
    let mut state = 7u64;
    let mut random = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        state >> 33
    };
    let mut step = |_| {
        let weights: Vec<u64> = (0..ALPHABET).map(|_| 1 << (random() % 24)).collect();
        let cdf = Cdf::from_weights(&weights, 16).unwrap();
        (cdf.find(random() as u32 >> 15), cdf)
    };
    let text: Vec<_> = (0..10_240).map(&mut step).collect();
    let lengths = Lengths::of(&text);
    lengths.check();
    // On the average, what ANS loses and gains is far less than its bound.
    assert!((lengths.ans - lengths.information).abs() < 30.0, "{lengths:?}");
    assert!(lengths.range - lengths.information < 70.0, "{lengths:?}");
}

proptest! {
    #[test]
    fn all_coders_take_the_information_and_little_more(text in texts()) {
        Lengths::of(&text).check();
    }
}

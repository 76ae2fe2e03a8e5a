//! The fast network against its definition, and both against weights made to overflow them.

use super::engine::Engine;
use super::reference::Text;
use super::*;
use crate::coding::{ALPHABET, Symbol};
use crate::m1::freeze::freeze;
use crate::m1::freeze::tests::{random_weights, text};
use crate::m1::golden;
use crate::model::Shape;
use crate::model::relative::BUCKETS;
use proptest::prelude::*;

/// A network with random weights, frozen.
pub fn random_model(seed: u64, context: usize) -> Model {
    freeze(&random_weights(seed), context, &[text(context.min(120), 5)]).unwrap()
}

/// The logits at the begin symbol and after every symbol, by the definition.
fn by_definition(model: &Model, symbols: &[Symbol]) -> Vec<i32> {
    let mut text = Text::new(model);
    let inputs = std::iter::once(ALPHABET).chain(symbols.iter().map(|&symbol| usize::from(symbol)));
    inputs.flat_map(|input| text.push(input)).collect()
}

/// The same by the fast path: `known` positions in one batch, the rest in another.
fn by_engine(model: &Model, symbols: &[Symbol], known: usize) -> Vec<i32> {
    let engine = Engine::new(model);
    let inputs: Vec<usize> =
        std::iter::once(ALPHABET).chain(symbols.iter().map(|&symbol| usize::from(symbol))).collect();
    let (first, second) = inputs.split_at(known);
    let mut batch = engine.batch();
    let mut path = Vec::new();
    for (i, &input) in first.iter().enumerate() {
        path.push(batch.add(input, i, &path));
    }
    let before = engine.evaluate(&batch);
    let mut logits = engine.logits(&before, 0..known);
    let mut batch = engine.batch();
    let mut path: Vec<_> = (0..known).map(|row| batch.know(engine.position(&before, row))).collect();
    for (i, &input) in second.iter().enumerate() {
        path.push(batch.add(input, known + i, &path));
    }
    let after = engine.evaluate(&batch);
    logits.extend(engine.logits(&after, 0..second.len()));
    logits
}

#[test]
fn the_engine_computes_what_the_definition_says() {
    for (seed, context) in [(1, 2), (2, 5), (3, 40), (4, 1024)] {
        let model = random_model(seed, context);
        let symbols = text(170, seed as usize);
        let expected = by_definition(&model, &symbols);
        assert!(expected.iter().any(|&logit| logit != expected[0]));
        for known in [0, 1, 3, 100, 171] {
            assert_eq!(by_engine(&model, &symbols, known), expected, "context {context}, {known} known");
        }
    }
}

#[test]
fn golden_hashes_agree() {
    let model = random_model(1, 64);
    assert_eq!(golden::hash(&model), golden::hash_by_reference(&model));
    assert_ne!(golden::hash(&model), golden::hash(&random_model(2, 64)));
}

/// A little generator for weights at the end of their ranges.
struct Extremes(u64);

impl Extremes {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next() as usize % from.len()]
    }

    /// The largest scale that sums of `largest` may have, or a smaller one.
    fn scale(&mut self, largest: i64) -> Scale {
        let multiplier = self.pick(&[0, 1, 32_768, 65_535, 65_535, 65_535]);
        let mut shift = self.pick(&[-8, -8, -3, 0, 1, 7, 30]);
        while shift <= 0 && (((largest * i64::from(multiplier)) >> 16) + 1) << -shift >= 1 << 29 {
            shift += 1;
        }
        Scale { multiplier, shift }
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Linear {
        let sign = self.pick(&[1i8, -1]);
        let weights: Vec<i8> =
            (0..inputs * outputs).map(|_| self.pick(&[127 * sign, 127 * sign, 127 * sign, -127 * sign, 0])).collect();
        let scales = weights
            .chunks_exact(inputs)
            .map(|row| self.scale(127 * row.iter().map(|&weight| i64::from(weight).abs()).sum::<i64>()));
        let scales = scales.collect();
        Linear { inputs, weights, scales }
    }

    fn norm(&mut self, embed: usize) -> Norm {
        let multipliers = (0..embed).map(|_| self.pick(&[0, 1, 32_767, 32_767])).collect();
        Norm { multipliers, shift: self.pick(&[1, 2, 14, 29]) }
    }

    fn model(&mut self, shape: Shape, context: usize) -> Model {
        let Shape { embed, heads, layers, head_dim, mlp, vocabulary } = shape;
        let across = heads * head_dim;
        let block = |s: &mut Self| Block {
            attention_norm: s.norm(embed),
            query: s.linear(embed, across),
            key: s.linear(embed, across),
            value: s.linear(embed, across),
            score: (0..heads).map(|_| s.scale(127 * 127 * head_dim as i64)).collect(),
            relative: (0..heads * BUCKETS).map(|_| s.pick(&[-(1 << 20), 0, 1 << 20])).collect(),
            mix: (0..across).map(|_| s.pick(&[0, 1, 32_767])).collect(),
            mix_shift: s.pick(&[1, 15, 30]),
            output: s.linear(across, embed),
            mlp_norm: s.norm(embed),
            gate: s.linear(embed, mlp),
            up: s.linear(embed, mlp),
            hidden: (0..mlp).map(|_| s.scale(32_767 * 32_767)).collect(),
            down: s.linear(mlp, embed),
        };
        Model {
            shape,
            context,
            embed: (0..(vocabulary + 1) * embed).map(|_| self.pick(&[-(1 << 22), 0, 1, 1 << 22])).collect(),
            blocks: (0..layers).map(|_| block(self)).collect(),
            final_norm: self.norm(embed),
            head: self.linear(embed, vocabulary),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// The definition panics where a value leaves 32 bits, so this shows that what `check` lets through cannot overflow.
    #[test]
    fn weights_at_the_end_of_every_range_do_not_overflow(
        seed: u64, embed in 1..70usize, heads in 1..3usize, head_dim in 1..40usize, mlp in 1..80usize, context in 2..20usize
    ) {
        let shape = Shape { embed, heads, layers: 2, head_dim, mlp, vocabulary: ALPHABET };
        let model = Extremes(seed).model(shape, context);
        model.check().unwrap();
        let symbols = text(25, seed as usize % 1000);
        prop_assert_eq!(by_engine(&model, &symbols, 7), by_definition(&model, &symbols));
    }
}

#[test]
fn the_largest_shapes_do_not_overflow_either() {
    let wide = Shape { embed: MOST_EMBED, heads: 1, layers: 1, head_dim: 2, mlp: 2, vocabulary: ALPHABET };
    let deep = Shape { embed: 2, heads: 1, layers: 1, head_dim: MOST_INPUTS, mlp: MOST_INPUTS, vocabulary: ALPHABET };
    for (seed, shape) in [(1, wide), (2, deep)] {
        let model = Extremes(seed).model(shape, MOST_CONTEXT);
        model.check().unwrap();
        let symbols = text(3, 1);
        assert_eq!(by_engine(&model, &symbols, 1), by_definition(&model, &symbols));
    }
    // Attention over as many positions as it may ever see, all of the same value.
    let shape = Shape { embed: 1, heads: 1, layers: 1, head_dim: 1, mlp: 1, vocabulary: ALPHABET };
    let mut model = Extremes(3).model(shape, MOST_CONTEXT);
    model.blocks[0].relative.fill(1 << 20);
    model.check().unwrap();
    let symbols = vec![9; MOST_CONTEXT + 10];
    assert_eq!(by_engine(&model, &symbols, 1), by_definition(&model, &symbols));
}

#[test]
fn what_could_overflow_is_refused_and_named() {
    let spoilt = |spoil: fn(&mut Model)| {
        let mut model = random_model(1, 16);
        spoil(&mut model);
        model.check().unwrap_err().to_string()
    };
    let range = spoilt(|model| model.blocks[1].up.weights[5] = -128);
    assert!(range.contains("blocks.1.up") && range.contains("-128"), "{range}");
    assert!(spoilt(|model| model.head.scales[3].multiplier = 65_536).contains("head.multiplier"));
    assert!(spoilt(|model| model.head.scales[3].shift = 31).contains("head.shift"));
    assert!(spoilt(|model| model.final_norm.multipliers[0] = 1 << 15).contains("final_norm"));
    assert!(spoilt(|model| model.embed[0] = i32::MIN).contains("embed"));
    assert!(spoilt(|model| drop(model.blocks.pop())).contains("blocks"));
    assert!(spoilt(|model| model.context = 5000).contains("context is 5000"));
    let hidden = spoilt(|model| model.blocks[0].hidden[2] = Scale { multiplier: 65_535, shift: -8 });
    assert!(hidden.contains("output 2 of `blocks.0.hidden`") && hidden.contains("overflow"), "{hidden}");
    let query = spoilt(|model| {
        model.shape.head_dim = MOST_INPUTS;
        model.shape.heads = 1;
    });
    assert!(query.contains("query"), "{query}");
}

//! Compiled trees change nothing but the time that it takes.

use super::*;
use crate::coding::WindowShape;
use crate::m1::windows::WindowTree;

/// Compiled trees for each model.
static COMPILED: LazyLock<[Arc<Trees>; 4]> = LazyLock::new(|| {
    MODELS.each_ref().map(|Materials { model, .. }| {
        let trees = Trees::default();
        for bits in COMPILED_BITS {
            let tree = WindowTree::build(model.as_ref(), exact(bits), &mut |_| true).unwrap();
            trees.add(tree).unwrap();
        }
        Arc::new(trees)
    })
});

const COMPILED_BITS: [u16; 5] = [8, 9, 11, 14, 16];

fn exact(bits: u16) -> WindowShape {
    WindowShape::new(bits, Termination::Exact).unwrap()
}

/// The same tokenizer without compiled trees and with them.
fn plain_and_compiled(method: &Method, model: usize) -> [Box<dyn Tokenizer>; 2] {
    let (plain, compiled) = (&MODELS[model], &COMPILED[model]);
    [&plain.trees, compiled].map(|trees| build(method, &Materials::new(plain.model.clone(), trees.clone())).unwrap())
}

fn any_compiled_method() -> impl Strategy<Value = Method> {
    (prop::sample::select(COMPILED_BITS.to_vec()), 1..=16u32)
        .prop_map(|(bits, n)| Method::equal_info(bits.into(), 1 << n, Termination::Exact).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn compiled_trees_change_nothing(
        method in any_compiled_method(),
        model in 0..4usize,
        mut texts in prop::collection::vec(any_text(), 0..5),
    ) {
        let [plain, compiled] = plain_and_compiled(&method, model);
        let control = Control::default();
        let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(plain.encode(&examples, &control), compiled.encode(&examples, &control));
        texts.iter_mut().for_each(|text| text.retain(|&symbol| usize::from(symbol) < method.alphabet()));
        let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
        let encoded = plain.encode(&examples, &control).unwrap();
        prop_assert_eq!(&compiled.encode(&examples, &control).unwrap(), &encoded);
        for (encoded, text) in encoded.iter().zip(&texts) {
            prop_assert_eq!(&compiled.decode(encoded, &control).unwrap(), text);
        }
    }

    #[test]
    fn damage_is_found_alike_with_compiled_trees(
        method in any_compiled_method(),
        model in 0..4usize,
        tokens in prop::collection::vec(any::<u32>(), 0..12),
        inside: bool,
        cut in prop_oneof![3 => Just(0), 1 => 0..20u64],
        symbols in 0..40usize,
    ) {
        let [plain, compiled] = plain_and_compiled(&method, model);
        let width = method.token_width().map_or(8, TokenWidth::bits);
        let tokens: Vec<u32> = tokens.into_iter().map(|token| if inside { token % (1 << width) } else { token % 70_000 }).collect();
        let bits = (tokens.len() as u64 * u64::from(width)).saturating_sub(cut);
        let bits = bits - bits % u64::from(method.window_bits().unwrap_or(1)) * u64::from(cut % 2 == 0);
        let encoded = Encoded { bits, symbols, ..Encoded::of_tokens(tokens, &[]) };
        prop_assert_eq!(plain.decode(&encoded, &Control::default()), compiled.decode(&encoded, &Control::default()));
    }
}

#[test]
fn much_text_is_worth_a_compiled_tree_and_little_is_not() {
    let (model, trees) = (&MODELS[2].model, Arc::new(Trees::default()));
    let method = method("EqualInfoAC[b=12, v=256]");
    let shape = exact(12);
    let tokenizer = build(&method, &Materials::new(model.clone(), trees.clone())).unwrap();
    let text = sample(300_000, 1);
    let control = Control::default();
    let short = tokenizer.encode(&[&text[..1000]], &control).unwrap();
    assert!(trees.windows(model.as_ref(), shape).is_none());
    let long = tokenizer.encode(&[&text, &text[..1000]], &control).unwrap();
    assert!(trees.windows(model.as_ref(), shape).is_some());
    assert_eq!(long[1], short[0]);
    assert_eq!(tokenizer.decode(&long[0], &control).unwrap(), text);
    let stop = Control { cancel: Arc::new(AtomicBool::new(true)), progress: None };
    assert_eq!(tokenizer.encode(&[&text], &stop), Err(TokenizeError::Cancelled));
    assert_eq!(tokenizer.decode(&long[0], &stop), Err(TokenizeError::Cancelled));
}

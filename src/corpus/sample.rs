//! A sample of the validation split that is small, whole documents, and from everywhere in it.

use super::{CorpusError, Source, Split, SplitRule, split_documents};

/// At most `budget` bytes of whole documents of the validation split, in their order.
///
/// As many documents are taken as fit, at equal distances by number over the whole split: its first documents would be
/// those of its first file, and a choice by length would not be fair to the long ones. If not even one fits, the one in
/// the middle is taken all the same. The source is read twice.
///
/// # Errors
/// When the source cannot be read, or one side of the split has no documents.
pub fn validation_sample(source: &Source, rule: SplitRule, budget: u64) -> Result<Vec<Vec<u8>>, CorpusError> {
    let lengths = split_documents(source, rule, Split::Validation)?
        .map(|document| document.map(|document| document.bytes.len() as u64))
        .collect::<Result<Vec<u64>, _>>()?;
    let mut chosen = spread(&lengths, budget).into_iter().peekable();
    let mut sample = Vec::new();
    for (number, document) in split_documents(source, rule, Split::Validation)?.enumerate() {
        let document = document?;
        if chosen.next_if_eq(&number).is_some() {
            sample.push(document.bytes);
            if chosen.peek().is_none() {
                break;
            }
        }
    }
    Ok(sample)
}

/// The largest evenly spaced choice whose lengths stay within the budget, or one number if none does.
fn spread(lengths: &[u64], budget: u64) -> Vec<usize> {
    let mut wanted = lengths.len();
    loop {
        let chosen: Vec<usize> = (0..wanted).map(|k| (2 * k + 1) * lengths.len() / (2 * wanted)).collect();
        let bytes: u64 = chosen.iter().map(|number| lengths[*number]).sum();
        if bytes <= budget || wanted <= 1 {
            return chosen;
        }
        // In proportion first, for speed, then one at a time, as the lengths differ.
        let fitting = (u128::from(budget) * wanted as u128 / u128::from(bytes)) as usize;
        wanted = fitting.clamp((wanted / 2).max(1), wanted - 1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn choices_are_within_the_budget_and_evenly_spaced(
            lengths in prop::collection::vec(1u64..10_000, 1..300),
            budget in 0u64..1_000_000,
        ) {
            let chosen = spread(&lengths, budget);
            let bytes: u64 = chosen.iter().map(|number| lengths[*number]).sum();
            prop_assert!(!chosen.is_empty());
            prop_assert!(bytes <= budget || chosen.len() == 1);
            prop_assert!(chosen.is_sorted() && chosen.iter().all(|number| *number < lengths.len()));
            let gaps: Vec<usize> = chosen.windows(2).map(|pair| pair[1] - pair[0]).collect();
            if let (Some(least), Some(most)) = (gaps.iter().min(), gaps.iter().max()) {
                prop_assert!(*least >= 1 && most - least <= 1, "{:?}", gaps);
            }
            if lengths.iter().sum::<u64>() <= budget {
                prop_assert_eq!(chosen.len(), lengths.len());
            }
        }
    }

    #[test]
    fn equal_documents_use_the_budget_up() {
        assert_eq!(spread(&[10; 100], 200), (0..20).map(|k| 5 * k + 2).collect::<Vec<_>>());
        assert_eq!(spread(&[10; 9], 9), [4]);
    }
}

//! Writing on past the length that M2 was trained at.
//!
//! M2 has only ever seen rows of `context` tokens after its begin symbol. When a row is full, it begins again: the begin
//! symbol, then the last half context at most of what was written, cut where a window begins, as rows of its training were.
//! Each token is so seen by a network between half full and full, and costs at most one step more than it would otherwise.

use crate::model::{Stepper, UnknownSymbol};
use crate::tokenizer::Method;

/// A text that goes on and on.
pub struct Continuation {
    stepper: Stepper,
    context: usize,
    /// A row begins at multiples of so many tokens.
    border: usize,
    tokens: Vec<u32>,
}

impl Continuation {
    pub fn new(mut stepper: Stepper, context: usize, method: &Method) -> Self {
        stepper.restart();
        let context = context.max(2);
        Self { stepper, context, border: border(method).min(context / 2), tokens: Vec::new() }
    }

    /// Takes the next token.
    ///
    /// # Errors
    /// If it is of another vocabulary.
    pub fn push(&mut self, token: u32) -> Result<(), UnknownSymbol> {
        self.stepper.push(token)?;
        self.tokens.push(token);
        if self.stepper.symbols() >= self.context {
            let start = (self.tokens.len() - self.context / 2).next_multiple_of(self.border).min(self.tokens.len());
            self.tokens.drain(..start);
            self.stepper.restart();
            for &token in &self.tokens {
                self.stepper.push(token)?;
            }
        }
        Ok(())
    }

    /// The logits of the next token.
    pub fn logits(&mut self) -> &[f32] {
        self.stepper.logits()
    }
}

/// The fewest tokens that make whole windows; 1 where tokens are no parts of windows.
fn border(method: &Method) -> usize {
    let Some((bits, width)) = method.window_bits().zip(method.token_width()) else { return 1 };
    let (bits, width) = (usize::from(bits), width.bits() as usize);
    (1..=bits).find(|tokens| (tokens * width).is_multiple_of(bits)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Size;
    use crate::model::random_weights::random_weights;

    fn stepper() -> Stepper {
        Stepper::new(random_weights(Size::named("nano").unwrap().with_vocabulary(256), 3)).unwrap()
    }

    #[test]
    fn a_full_row_begins_again_with_the_last_half_of_it_at_the_border_of_a_window() {
        let method = "EqualInfoAC[b=16, v=256]".parse().unwrap();
        let mut long = Continuation::new(stepper(), 10, &method);
        let mut lengths = Vec::new();
        for token in 0..17 {
            long.push(token).unwrap();
            lengths.push(long.stepper.symbols());
        }
        assert_eq!(lengths, [1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9, 4, 5]);
        // Rows began at tokens 0, 6 and 12.
        let mut fresh = stepper();
        (12..17).for_each(|token| fresh.push(token).unwrap());
        assert_eq!(long.logits(), fresh.logits());
    }

    #[test]
    fn borders_are_whole_windows_in_tokens() {
        let of = |method: &str| border(&method.parse().unwrap());
        assert_eq!(of("EqualInfoAC[b=16, v=256]"), 2);
        assert_eq!(of("EqualInfoAC[b=24, v=65k]"), 3);
        assert_eq!((of("EqualInfoAC[b=16, v=65k]"), of("Bytes"), of("AC[v=256]")), (1, 1, 1));
    }
}

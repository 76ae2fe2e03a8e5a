//! The M1s in the box: `assets/m1/README.md` says how they were trained.

use super::file::{FileError, M1File, Unproven, unproven_from_bytes};

/// An M1 that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    pub name: &'static str,
    bytes: &'static [u8],
}

/// The paper's 3m, and a smaller one that is quicker.
pub const SHIPPED: [Shipped; 2] = [
    Shipped { name: "3m", bytes: include_bytes!("../../assets/m1/3m.m1") },
    Shipped { name: "micro", bytes: include_bytes!("../../assets/m1/micro.m1") },
];

impl Shipped {
    /// What is used where nothing else is asked for.
    pub fn standard() -> Self {
        SHIPPED[0]
    }

    pub fn named(name: &str) -> Option<Self> {
        SHIPPED.into_iter().find(|shipped| shipped.name == name)
    }

    /// How many bytes it takes.
    pub fn size(self) -> usize {
        self.bytes.len()
    }

    /// Reads it, as any other file.
    ///
    /// # Errors
    /// As [`super::file::load`]: this machine may compute otherwise.
    pub fn open(self) -> Result<M1File, FileError> {
        self.open_unproven()?.prove()
    }

    /// Reads it without its golden hash.
    ///
    /// # Errors
    /// As [`super::file::load_unproven`].
    pub fn open_unproven(self) -> Result<Unproven, FileError> {
        unproven_from_bytes(self.bytes, &format!("the M1 {} in the box", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m1::golden;

    #[test]
    fn those_in_the_box_open_and_compute_what_the_definition_says() {
        for shipped in SHIPPED {
            let file = shipped.open().unwrap();
            let measured = file.measured.as_ref().unwrap();
            assert!((measured.integer / measured.float - 1.0).abs() < 0.01, "{}: {measured:?}", shipped.name);
        }
        // The definition is slow: the smaller one stands for both.
        let micro = Shipped::named("micro").unwrap().open().unwrap();
        assert_eq!(golden::hash(&micro.model), golden::hash_by_reference(&micro.model));
        assert!(Shipped::named("2b").is_none());
    }
}

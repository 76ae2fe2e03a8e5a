//! The bytes of one file, which must not change: files are kept.

use super::toy::Toy;
use super::*;

/// Written down from the specification, not by this program.
const GOLDEN: &str = "\
    894d554c0d0a1a0a010573696465730010067461626c6573955fa83f6a5a1b61 \
    4300107000c3870e1c3870e1c3870e158833f286dc5bb0585b60c104bd0325f3249e5b \
    4301062a0686da19fcbc80010101010000f57f66fb12bcb846494be1a72b430647 \
    450216fd8e10ceaf01b076989466e7435de8d2cf94e486b4dd9b6374ee86f87432f36fbbef795d6dff41a0";

#[test]
fn files_stay_what_they_are() {
    let file = file("aaaaaaaaaaaa, größer".as_bytes(), Toy::Sides, 16);
    let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN.replace(' ', ""));
}

//! A compressed file, damaged: no way of reading takes it for whole, and what comes out before that shows is the text's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::container::{Header, compress, decompress, inspect, read_header};
use mullion_fuzz::packed::Packed;
use mullion_fuzz::{Result, Unstructured};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

fuzz_target!(|data: &[u8]| {
    let _ = run(Unstructured::new(data));
});

fn run(mut fuzz: Unstructured<'_>) -> Result<()> {
    let mut groups = || Ok(NonZeroUsize::MIN.saturating_add(fuzz.int_in_range(0..=3)?));
    let (one, other) = (groups()?, groups()?);
    let chunk_bytes = fuzz.int_in_range(1..=30)?;
    let length = fuzz.int_in_range(0..=100)?.min(fuzz.len());
    let text = fuzz.bytes(length)?;
    let header = Header::new("packed".into(), "a model".into(), chunk_bytes, vec![1, 2, 3]).expect("a small header");
    let mut file = Vec::new();
    let mut go_on = |_| ControlFlow::Continue(());
    compress(text, &mut file, &header, &Packed, one, &mut go_on).expect("a text can be compressed");

    let mut damaged = file.clone();
    for _ in 0..fuzz.int_in_range(0..=4)? {
        damage(&mut damaged, &mut fuzz)?;
    }
    let mut rest = &damaged[..];
    let (mut found, mut whole) = (Vec::new(), false);
    if let Ok(read) = read_header(&mut rest) {
        whole = decompress(rest, &read, &mut found, &Packed, other, &mut go_on).is_ok();
        assert_eq!(inspect(rest, &read, &mut |_| ()).is_ok(), whole);
        assert_eq!(read, header, "a header that nobody wrote");
    }
    assert_eq!(whole, damaged == file);
    assert!(text.starts_with(&found) && (!whole || text == found));
    assert!(found.len() == text.len() || found.len().is_multiple_of(chunk_bytes));
    Ok(())
}

fn damage(file: &mut Vec<u8>, fuzz: &mut Unstructured<'_>) -> Result<()> {
    let kind = fuzz.int_in_range(0..=6)?;
    let mut place = || Ok(fuzz.int_in_range(0..=u16::MAX)? as usize % (file.len() + 1));
    let (start, end) = (place()?, place()?);
    let (start, end) = (start.min(end), start.max(end));
    match kind {
        0 => file.truncate(start),
        1 => file.insert(start, fuzz.arbitrary()?),
        2 => drop(file.drain(start..end)),
        3 => {
            let piece = file[start..end].to_vec();
            file.splice(start..start, piece);
        }
        4 => file[start..end].reverse(),
        5 => {
            let middle = start + fuzz.int_in_range(0..=(end - start))?;
            file[start..end].rotate_left(middle - start);
        }
        _ => {
            if let Some(byte) = file.get_mut(start) {
                *byte ^= fuzz.arbitrary::<u8>()?;
            }
        }
    }
    Ok(())
}

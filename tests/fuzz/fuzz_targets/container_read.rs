//! Any bytes as a compressed file: no panic, and what decompresses is the file that compressing gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::container::{compress, decompress, inspect, read_header};
use mullion_fuzz::packed::Packed;
use mullion_fuzz::{Result, Unstructured, forge};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

fuzz_target!(|data: &[u8]| {
    let _ = run(Unstructured::new(data));
});

fn run(mut fuzz: Unstructured<'_>) -> Result<()> {
    let group = NonZeroUsize::MIN.saturating_add(fuzz.int_in_range(0..=3)?);
    match fuzz.arbitrary()? {
        true => check(&forge::file(&mut fuzz)?, group),
        false => check(fuzz.take_rest(), group),
    }
    Ok(())
}

fn check(file: &[u8], group: NonZeroUsize) {
    let mut rest = file;
    let Ok(header) = read_header(&mut rest) else {
        return;
    };
    let (mut text, mut chunks) = (Vec::new(), Vec::new());
    let inspected = inspect(rest, &header, &mut |chunk| chunks.push(chunk));
    let mut go_on = |_| ControlFlow::Continue(());
    let Ok(summary) = decompress(rest, &header, &mut text, &Packed, group, &mut go_on) else {
        return;
    };
    assert_eq!(inspected.expect("what decompresses passes inspection"), summary);
    assert_eq!(chunks.len() as u64, summary.chunks);
    assert_eq!((summary.raw_bytes, summary.file_bytes), (text.len() as u64, file.len() as u64));
    let mut again = Vec::new();
    let written = compress(&text[..], &mut again, &header, &Packed, group, &mut go_on);
    assert_eq!(written.expect("a text that was read can be written"), summary);
    assert_eq!(again, file, "two files for one text");
}

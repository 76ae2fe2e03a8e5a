//! Windows that a test can follow.

use super::{FakeWorkbench, lock};
use mullion::app::Cutting;
use mullion::m1::StandIn;
use mullion::tokenizer::view::{End, Totals, WindowView, WindowsView};
use mullion::tokenizer::{Control, Materials, Method, Passage, Steps, steps};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

impl Cutting for FakeWorkbench {
    fn windows(&self, text: &[u8], method: &Method, _: &Arc<AtomicBool>) -> Result<WindowsView, String> {
        lock(&self.cuts).push((text.to_vec(), method.to_string()));
        match lock(&self.refuse_cut).clone() {
            Some(message) => Err(message),
            None => Ok(cut(text, method)),
        }
    }

    /// True steps, but of a stream whatever the method: it takes the bytes of any fake window.
    fn steps(&self, passage: &Passage, method: &Method, cancel: &Arc<AtomicBool>) -> Result<Steps, String> {
        lock(&self.steps).push((passage.clone(), method.to_string()));
        let materials = Materials::new(Arc::new(StandIn::uniform()), Arc::default());
        let control = Control { cancel: cancel.clone(), ..Control::default() };
        let stream = Method::ac(256).expect("a method");
        steps(passage, &stream, &materials, &control).map_err(|error| error.to_string())
    }

    fn m1_description(&self) -> String {
        lock(&self.m1).clone()
    }

    fn use_m1(&self, path: &Path) -> Result<String, String> {
        if !path.ends_with("good.m1") {
            return Err(format!("{} is no M1", path.display()));
        }
        *lock(&self.m1) = "m1-of-the-test".to_owned();
        Ok("m1-of-the-test".to_owned())
    }
}

/// Windows of one byte for every 8 bits: plain arithmetic that a test can follow.
pub fn cut(text: &[u8], method: &Method) -> WindowsView {
    // Methods without windows get some all the same.
    let window_bits = method.window_bits().unwrap_or(16);
    let length = usize::from(window_bits / 8);
    let windows: Vec<WindowView> = text
        .chunks(length)
        .enumerate()
        .map(|(index, bytes)| WindowView {
            byte_start: index * length,
            byte_len: bytes.len(),
            first_bit: index as u64 * u64::from(window_bits),
            used_bits: u64::from(window_bits - 3),
            padding: 3,
            code_hex: "beef".to_owned(),
            code_binary: "1011111011101111".to_owned(),
            first_token: 2 * index,
            tokens: vec![190, 239],
            byte_bits: vec![6.5; bytes.len()],
            candidates: if index == 1 { 2 } else { 1 },
            ambiguous: index == 1,
            unresolved: false,
            end: match text.get((index + 1) * length) {
                Some(next) => End::Full { next: *next, cost_bits: 7.5, bits_left: 3 },
                None => End::Text,
            },
        })
        .collect();
    let totals = Totals {
        bytes: text.len(),
        windows: windows.len(),
        tokens: 2 * windows.len(),
        bits: windows.len() as u64 * u64::from(window_bits),
        vocabulary: 256,
        bits_per_token: 8.0,
        token_ratio: Some(text.len() as f64 / (2.0 * windows.len() as f64)),
        bit_ratio: Some(text.len() as f64 / (2.0 * windows.len() as f64)),
        ambiguous: windows.iter().filter(|window| window.ambiguous).count(),
        unresolved: 0,
        lost_bytes: 0,
    };
    let method = method.clone();
    WindowsView { method, model: Some("fake".to_owned()), windows, tokens: Vec::new(), bit_ends: Vec::new(), totals }
}

//! The piece of text that is followed, with what the coder needs to know around it.

use crate::tokenizer::view::WindowsView;
use crate::tokenizer::{Method, Reset};

/// Steps of a stream that are shown at once.
pub const MOST_STEPS: usize = 4096;

/// One window of a text, or a part of a stream, with its surroundings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// Where in the text it begins.
    pub start: usize,
    /// The text before, as far as it still has a say: what M1 has seen since its last reset, and a stream's coder too.
    pub before: Vec<u8>,
    /// The passage itself.
    pub bytes: Vec<u8>,
    /// The byte after it.
    pub next: Option<u8>,
}

impl Passage {
    /// Window `window` of a text that was [inspected](crate::tokenizer::inspect): `text` is the same. Of a stream, which is
    /// one window, no more than the first [`MOST_STEPS`] bytes. `None` if there is no such window.
    pub fn of(view: &WindowsView, text: &[u8], window: usize) -> Option<Self> {
        let first = match view.method {
            Method::EqualInfoAc { reset: Reset::Every(windows), .. } => window - window % usize::from(windows.get()),
            Method::EqualInfoAc { reset: Reset::Never, .. } | Method::EntropyCut { .. } => 0,
            _ => window,
        };
        let (shown, context) = (view.windows.get(window)?, view.windows.get(first)?.byte_start);
        let stream = matches!(view.method, Method::Ac { .. } | Method::StaticAc { .. });
        let length = if stream { shown.byte_len.min(MOST_STEPS) } else { shown.byte_len };
        let (start, end) = (shown.byte_start, shown.byte_start + length);
        Some(Self {
            start,
            before: text.get(context..start)?.to_vec(),
            bytes: text.get(start..end)?.to_vec(),
            next: text.get(end).copied(),
        })
    }
}

//! A film of few frames.

use super::FakeWorkbench;
use mullion::app::Filming;

impl Filming for FakeWorkbench {}

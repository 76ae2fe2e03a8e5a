//! Text that nobody wrote.

use super::FakeWorkbench;
use mullion::app::Generating;

impl Generating for FakeWorkbench {}

//! An atlas of few codes.

use super::FakeWorkbench;
use mullion::app::Mapping;

impl Mapping for FakeWorkbench {}

//! Windows under M1's checkpoints.

use super::Desk;
use crate::app::Filming;

impl Filming for Desk {}

//! Text written by trained M2s.

use super::Desk;
use crate::app::Generating;

impl Generating for Desk {}

//! The atlas of codes.

use super::Desk;
use crate::app::Mapping;

impl Mapping for Desk {}

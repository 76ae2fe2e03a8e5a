//! Text written by trained M2s.

use super::Desk;
use crate::app::{Generating, Running};
use crate::experiment::generate::{Handle, Request, Writer, start, writers};

impl Generating for Desk {
    fn writers(&self) -> Result<Vec<Writer>, String> {
        writers(&self.store()).map_err(|error| error.to_string())
    }

    fn generate(&self, request: Request) -> Result<Handle, String> {
        start(request).map_err(|error| error.to_string())
    }
}

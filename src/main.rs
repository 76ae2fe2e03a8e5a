//! Arguments to a window or a command; everything else is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    mullion::command::Arguments::parse().execute()
}

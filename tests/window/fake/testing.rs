//! A machine that computes as it should, and then does not.

use super::FakeWorkbench;
use mullion::app::{Check, Testing, Verdict};
use mullion::gpu::DeviceChoice;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

impl Testing for FakeWorkbench {
    fn device(&self, choice: DeviceChoice) -> Result<String, String> {
        match choice {
            DeviceChoice::Gpu => Err("no GPU was found".to_owned()),
            _ => Ok("a device of the test".to_owned()),
        }
    }

    fn self_test(&self, _: DeviceChoice, report: &mut dyn FnMut(Check), _: &Arc<AtomicBool>) -> Result<(), String> {
        let check = |what: &str, verdict| Check { what: what.to_owned(), verdict, seconds: 0.1 };
        report(check("the slow way", Verdict::Same));
        report(check("the fast way", Verdict::Differs));
        Ok(())
    }
}

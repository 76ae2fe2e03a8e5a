//! The self-test as the window runs it.

use super::Desk;
use crate::app::{Check, Testing};
use crate::command::m1_choice::M1Choice;
use crate::command::selftest;
use crate::gpu::DeviceChoice;
use crate::m1::SHIPPED;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Testing for Desk {
    fn device(&self, choice: DeviceChoice) -> Result<String, String> {
        choice.open().map(|device| device.to_string()).map_err(|error| error.to_string())
    }

    fn self_test(
        &self,
        choice: DeviceChoice,
        report: &mut dyn FnMut(Check),
        cancel: &Arc<AtomicBool>,
    ) -> Result<(), String> {
        let device = choice.open().map_err(|error| error.to_string())?;
        for shipped in SHIPPED {
            let go_on = &mut |check| {
                report(check);
                !cancel.load(Ordering::Relaxed)
            };
            if !selftest::check(&M1Choice::Shipped(shipped), &device, go_on).map_err(|error| error.to_string())? {
                return Ok(());
            }
        }
        Ok(())
    }
}

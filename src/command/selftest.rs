//! `mullion selftest`: does this machine compute what every other machine computes?

use super::CommandError;
use super::m1_choice::M1Choice;
use crate::app::{Check, Verdict};
use crate::coding::{Symbol, Termination, WindowShape};
use crate::gpu::{ChosenDevice, DeviceChoice};
use crate::m1::gpu::GpuModel;
use crate::m1::{M1File, Network, SHIPPED, Trees, golden};
use crate::tokenizer::{Control, Materials, Method, Reset, TokenWidth, build};
use std::sync::Arc;
use std::time::Instant;

/// Windows that the GPU's coder is compared on, in bits.
const WINDOW_BITS: [u16; 3] = [16, 32, 128];

#[derive(Debug, clap::Args)]
pub struct SelfTest {
    /// Only this M1: one in the box (3m, micro) or a .m1 file; without it, each of those in the box
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// The device beside the CPU
    #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
    device: DeviceChoice,
}

impl SelfTest {
    pub fn run(&self) -> Result<(), CommandError> {
        let device = self.device.open()?;
        println!("{device}");
        let choices = match &self.m1 {
            Some(choice) => vec![choice.clone()],
            None => SHIPPED.map(M1Choice::Shipped).to_vec(),
        };
        let mut wrong = Vec::new();
        for choice in choices {
            let (unproven, name) = choice.open_unproven()?;
            println!("\nM1 {name}, {}: golden hash {}", unproven.file.identity(), unproven.golden);
            check(&choice, &device, &mut |check| {
                let verdict = match &check.verdict {
                    Verdict::Same => "the same".to_owned(),
                    Verdict::Differs => "DIFFERS".to_owned(),
                    Verdict::Failed(error) => format!("FAILED: {error}"),
                };
                println!("  {}: {verdict} ({:.1} s)", check.what, check.seconds);
                if check.verdict != Verdict::Same {
                    wrong.push(check.what);
                }
                true
            })?;
        }
        match wrong.as_slice() {
            [] => {
                let tested = if device.wgpu.is_some() { "" } else { " (No GPU was tested.)" };
                println!("\nText that is coded here decodes everywhere, and the other way round.{tested}");
                Ok(())
            }
            [first, ..] => Err(CommandError::RunFailed(format!(
                "this machine does not compute what the definition says ({first}): text that it codes would not decode \
                 elsewhere. Update the device's driver, or use --device cpu, and please report this"
            ))),
        }
    }
}

/// Compares one M1 with its golden hash in every way that `device` allows. `report` is told of each comparison and says
/// whether to go on; false if it did not.
pub fn check(
    choice: &M1Choice,
    device: &ChosenDevice,
    report: &mut dyn FnMut(Check) -> bool,
) -> Result<bool, CommandError> {
    let (unproven, name) = choice.open_unproven()?;
    let (m1, golden) = (unproven.file, unproven.golden);
    let mut compared = |what: &str, start: Instant, agrees: Result<bool, CommandError>| {
        let verdict = match agrees {
            Ok(true) => Verdict::Same,
            Ok(false) => Verdict::Differs,
            Err(error) => Verdict::Failed(error.to_string()),
        };
        report(Check { what: format!("{name}: {what}"), verdict, seconds: start.elapsed().as_secs_f64() })
    };
    let start = Instant::now();
    if !compared("CPU, the definition itself", start, Ok(golden::hash_by_reference(&m1.model) == golden)) {
        return Ok(false);
    }
    let start = Instant::now();
    if !compared("CPU, the fast path", start, Ok(golden::hash(&m1.model) == golden)) {
        return Ok(false);
    }
    let Some(setup) = &device.wgpu else { return Ok(true) };
    let start = Instant::now();
    let gpu = match GpuModel::new(&setup.device, &setup.queue, &m1.model) {
        Ok(gpu) => gpu,
        Err(error) => return Ok(compared(&device.name, start, Err(error.into()))),
    };
    let agrees = gpu.golden_hash().map(|found| found == golden).map_err(CommandError::from);
    if !compared(&format!("{}, our shaders", device.name), start, agrees) {
        return Ok(false);
    }
    for bits in WINDOW_BITS {
        let start = Instant::now();
        let agrees = windows_agree(&m1, &gpu, bits);
        if !compared(&format!("{}, windows of {bits} bits", device.name), start, agrees) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the GPU cuts the golden texts into the windows that the CPU cuts them into.
fn windows_agree(m1: &M1File, gpu: &GpuModel, bits: u16) -> Result<bool, CommandError> {
    let shape = WindowShape::new(bits, Termination::Exact)?;
    let texts = golden::texts();
    let texts: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
    let method = Method::EqualInfoAc { shape, width: TokenWidth::BYTE, reset: Reset::EveryWindow };
    let tokenizer = build(&method, &Materials::new(Arc::new(Network::new(m1.clone())?), Arc::new(Trees::default())))?;
    let expected = tokenizer.encode(&texts, &Control::default())?;
    let found = gpu.encode_windows(shape, &texts, &mut |_| true)?;
    for (expected, found) in expected.iter().zip(&found) {
        let codes = expected.window_codes(&method)?.into_iter().zip(&expected.windows);
        let expected = codes.map(|(code, w)| (code, w.symbols, w.used_bits));
        if !expected.eq(found.iter().map(|w| (w.code, w.symbols, u32::from(w.used_bits)))) {
            return Ok(false);
        }
    }
    Ok(true)
}

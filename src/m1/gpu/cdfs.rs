//! All distributions of some texts, for tests and the golden hash.

use super::GpuModel;
use super::error::GpuError;
use super::lanes::{Call, Grid, Lanes, Run};
use crate::coding::{ALPHABET, Cdf, MAX_PRECISION, Symbol};
use crate::m1::golden;

/// Words of a distribution: its bounds.
const BOUNDS: usize = ALPHABET + 1;
/// The fewest bits that hold every symbol.
const MIN_PRECISION: u8 = 9;
/// Bytes of distributions that are read back at once, more or less.
const BLOCK_BYTES: usize = 32 << 20;
/// Steps of one submission, so that it stays short.
const MOST_STEPS: usize = 32;

impl GpuModel {
    /// The distributions at the begin symbol and after every symbol of each text, `[text][position]`.
    ///
    /// # Errors
    /// If `precision` is not 9 to 24 bits, a text holds something that is no symbol, or the device fails.
    pub fn cdfs(&self, texts: &[&[Symbol]], precision: u8) -> Result<Vec<Vec<Cdf>>, GpuError> {
        if !(MIN_PRECISION..=MAX_PRECISION).contains(&precision) {
            return Err(GpuError::Precision(precision));
        }
        super::check_symbols(texts, ALPHABET)?;
        let most = self.network.most_lanes()?;
        let groups = texts.chunks(most).map(|texts| self.side_by_side(texts, precision));
        Ok(groups.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn side_by_side(&self, texts: &[&[Symbol]], precision: u8) -> Result<Vec<Vec<Cdf>>, GpuError> {
        let (gpu, pipelines) = (&self.network.gpu, &self.network.pipelines);
        let longest = texts.iter().map(|text| text.len() + 1).max().unwrap_or(0);
        let steps = (BLOCK_BYTES / (texts.len() * BOUNDS * 4)).clamp(1, MOST_STEPS.min(longest));
        // The step before the first, whose number wraps around to it.
        let lanes: Lanes = self.network.lanes(texts.len(), [0, u32::MAX])?;
        let text = gpu.zeros("text", (texts.len() * steps * 4) as u64)?;
        let run = gpu.uniform("run", size_of::<Run>() as u64)?;
        let bounds = gpu.zeros("distributions", (texts.len() * steps * BOUNDS * 4) as u64)?;
        let feed = [&text, &lanes.inputs, &run, &lanes.progress];
        let feed = Call::new(gpu, &pipelines.feed, &feed, Grid::Invocations)?;
        let cdf = [&lanes.logits, &self.network.exp2_table, &run, &lanes.progress, &bounds];
        let cdf = Call::new(gpu, &pipelines.cdf, &cdf, Grid::Lanes)?;

        let mut cdfs: Vec<Vec<Cdf>> = texts.iter().map(|text| Vec::with_capacity(text.len() + 1)).collect();
        for first in (0..longest).step_by(steps) {
            let steps = steps.min(longest - first);
            let input = |text: &[Symbol], position: usize| match position {
                0 => ALPHABET as u32,
                _ => text.get(position - 1).copied().unwrap_or(0).into(),
            };
            let inputs: Vec<u32> =
                texts.iter().flat_map(|text| (first..first + steps).map(|position| input(text, position))).collect();
            gpu.write(&text, &inputs)?;
            gpu.write(&run, &[Run { precision: precision.into(), steps: steps as u32, ..Run::default() }])?;
            let bytes = (texts.len() * steps * BOUNDS * 4) as u64;
            let pending = gpu.submit_and_read(&[(&bounds, bytes)], |encoder| {
                encoder.clear_buffer(&lanes.progress, 0, None);
                let mut pass = encoder.begin_compute_pass(&Default::default());
                for _ in 0..steps {
                    feed.record(&mut pass, lanes.count);
                    lanes.record(&mut pass, lanes.count);
                    cdf.record(&mut pass, lanes.count);
                }
            })?;
            let found = gpu.wait(pending)?;
            for ((cdfs, text), found) in cdfs.iter_mut().zip(texts).zip(found.chunks_exact(steps * BOUNDS)) {
                let wanted = (text.len() + 1).saturating_sub(first);
                for bounds in found.chunks_exact(BOUNDS).take(wanted) {
                    let cdf = Cdf::from_bounds(bounds.to_vec(), precision);
                    cdfs.push(cdf.map_err(|_| GpuError::Impossible { what: "distribution" })?);
                }
            }
        }
        Ok(cdfs)
    }

    /// The golden hash, as this device computes it: the model's distributions are exact here if it equals
    /// [`golden::hash`].
    ///
    /// # Errors
    /// If the device fails.
    pub fn golden_hash(&self) -> Result<String, GpuError> {
        let texts = golden::texts();
        let texts: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
        let cdfs = self.cdfs(&texts, crate::m1::WINDOW_PRECISION)?;
        Ok(golden::hash_of(cdfs.iter().flatten()))
    }
}

//! Figures of an experiment, as SVG for papers and PNG for everything else.
//!
//! A figure is first a scene (`scene.rs`) of plain marks, so both kinds show the same, and layouts can be tested without
//! looking at pixels. Whatever was not measured yet is said in the figure and is no error.

mod axis;
mod bits_per_byte;
pub mod chart;
pub mod compare;
mod compression_ratio;
pub mod data;
#[cfg(test)]
mod examples;
pub mod heat_map;
mod labels;
mod learnability;
pub mod learning;
mod over_steps;
pub mod paper;
pub mod planned;
mod png;
mod render;
pub mod results;
mod scene;
pub mod style;
pub mod table;
#[cfg(test)]
mod tests;
mod text;
pub mod turns;

pub use data::{Data, RunCurves};

use crate::durable::{self, WriteError};
use crate::experiment::event::{ExperimentId, Role};
use crate::experiment::store::{Store, StoreError};
use std::path::{Path, PathBuf};

/// A figure that could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    #[error("could not draw the figure {figure}: {reason}; its data are still in the experiment's store")]
    Draw { figure: String, reason: String },
    #[error("{} holds no experiment number {}", path.display(), id.0)]
    Missing { path: PathBuf, id: ExperimentId },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What can be drawn of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Bytes per token of every method as M1 learns.
    CompressionRatio,
    /// Accuracy by the token's position in its window (paper Fig 10).
    Learnability,
    /// Held-out loss per raw byte against the models of paper Table 3.
    BitsPerByte,
}

impl Figure {
    pub const ALL: [Self; 3] = [Self::CompressionRatio, Self::Learnability, Self::BitsPerByte];

    /// The name of its files, without `.svg` or `.png`.
    pub fn file_stem(self) -> &'static str {
        match self {
            Self::CompressionRatio => "compression-ratio",
            Self::Learnability => "learnability",
            Self::BitsPerByte => "bits-per-byte",
        }
    }

    /// The figure as an SVG document.
    pub fn svg(self, data: &Data) -> Result<String, FigureError> {
        render::svg(&self.scene(data))
            .map_err(|reason| FigureError::Draw { figure: self.file_stem().to_owned(), reason })
    }

    /// The figure as a PNG file.
    pub fn png(self, data: &Data) -> Result<Vec<u8>, FigureError> {
        render::png(&self.scene(data))
            .map_err(|reason| FigureError::Draw { figure: self.file_stem().to_owned(), reason })
    }

    fn scene(self, data: &Data) -> scene::Scene {
        match self {
            Self::CompressionRatio => compression_ratio::scene(data),
            Self::Learnability => learnability::scene(data),
            Self::BitsPerByte => bits_per_byte::scene(data),
        }
    }
}

/// Writes every figure of an experiment into `folder`, which is made if it is not there, and says where. A figure that
/// stood there before is replaced as a whole or left as it was.
///
/// # Errors
/// If the store cannot be read or has no such experiment, or if a figure cannot be drawn or written.
pub fn draw_all(store: &Store, experiment: ExperimentId, folder: &Path) -> Result<Vec<PathBuf>, FigureError> {
    let data = Data::from_store(store, experiment)?
        .ok_or_else(|| FigureError::Missing { path: store.path().to_owned(), id: experiment })?;
    write_all(&data, folder)
}

/// Writes the charts of the window's Live pane into `folder` and says where: as SVG and PNG, and with `csv` their data too.
///
/// # Errors
/// As [`draw_all`].
pub fn draw_learning(
    store: &Store,
    experiment: ExperimentId,
    folder: &Path,
    options: &learning::Options,
    csv: bool,
) -> Result<Vec<PathBuf>, FigureError> {
    let data = Data::from_store(store, experiment)?
        .ok_or_else(|| FigureError::Missing { path: store.path().to_owned(), id: experiment })?;
    let m1 = data.runs.iter().find(|run| run.info.role == Role::M1);
    let shown: Vec<learning::Shown<'_>> =
        data.runs.iter().enumerate().map(|(color, run)| learning::Shown { run, color, m1 }).collect();
    durable::create_folder(folder)?;
    let mut written = Vec::new();
    for mut chart in learning::all(&shown, options) {
        let stem = format!("{}-over-{}", chart.file_stem(), options.over.name());
        chart.note = data.headed(&chart.note);
        let mut files = vec![("svg", chart.svg()?.into_bytes()), ("png", chart.png()?)];
        if csv {
            files.push(("csv", chart.csv()?));
        }
        for (extension, content) in files {
            let path = folder.join(&stem).with_extension(extension);
            durable::replace(&path, |file| file.write_all(&content))?;
            written.push(path);
        }
    }
    Ok(written)
}

fn write_all(data: &Data, folder: &Path) -> Result<Vec<PathBuf>, FigureError> {
    durable::create_folder(folder)?;
    let mut written = Vec::new();
    for figure in Figure::ALL {
        for (extension, content) in [("svg", figure.svg(data)?.into_bytes()), ("png", figure.png(data)?)] {
            let path = folder.join(figure.file_stem()).with_extension(extension);
            durable::replace(&path, |file| file.write_all(&content))?;
            written.push(path);
        }
    }
    Ok(written)
}

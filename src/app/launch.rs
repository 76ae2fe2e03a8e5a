//! Opening the window, and saying what is missing where it cannot be opened.

use super::shell::{Shell, WindowOptions};
use super::workbench::Workbench;
use std::sync::Arc;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(
        "the window cannot be opened: no display was found ({0}). Set DISPLAY or WAYLAND_DISPLAY, or work without a \
         window: `mullion run experiments/first-light.toml` does the same experiment in a terminal"
    )]
    NoDisplay(String),
    #[error(
        "the window cannot be opened: no graphics driver can draw it ({0}). Install a Vulkan driver; a software one \
         will do (Debian and Ubuntu: `apt install libvulkan1 mesa-vulkan-drivers`). `mullion run` works without one"
    )]
    NoGraphics(String),
    #[error(
        "the window stopped: {0}. Runs keep their checkpoints and can be resumed; `mullion run` works without a window"
    )]
    Window(String),
}

/// Opens the window and stays until it is closed. Call it on the main thread.
///
/// # Errors
/// [`AppError`] when there is no display or no driver to draw with, or when the window system fails later.
pub fn run_window(workbench: Arc<dyn Workbench>, options: WindowOptions) -> Result<(), AppError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Mullion")
        .with_app_id("mullion")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([800.0, 520.0]);
    let native = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native(
        "Mullion",
        native,
        Box::new(move |creation| Ok(Box::new(Shell::new(&creation.egui_ctx, workbench, &options, creation.storage)))),
    )
    .map_err(describe)
}

fn describe(error: eframe::Error) -> AppError {
    let message = error.to_string();
    match error {
        // winit puts the source line of its own check before the reason.
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            let reason = message.rsplit(": ").next().unwrap_or(&message);
            AppError::NoDisplay(reason.trim_end_matches('.').to_owned())
        }
        eframe::Error::Wgpu(_) => AppError::NoGraphics(message),
        _ => AppError::Window(message),
    }
}

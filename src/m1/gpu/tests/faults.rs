//! What cannot be done, and devices that fail.

use super::models::{Kind, ODD, model};
use super::*;
use crate::coding::{END_OF_DOCUMENT, Termination, WindowShape};

#[test]
fn what_cannot_be_coded_is_refused() {
    let Some((device, queue)) = device() else { return };
    let gpu = GpuModel::new(device, queue, &model(Kind::Ordinary, 1, ODD, 8)).unwrap();
    let windows = |bits, termination, symbol: Symbol| {
        let shape = WindowShape::new(bits, termination).unwrap();
        gpu.encode_windows(shape, &[&[1], &[2, symbol]], &mut |_| true).unwrap_err()
    };
    assert_eq!(windows(16, Termination::Greedy, 3), GpuError::Termination(Termination::Greedy));
    let words = gpu.encode_windows(WindowShape::snapped(16, 4).unwrap(), &[&[1]], &mut |_| true);
    assert_eq!(words.unwrap_err(), GpuError::Snapped(4));
    let foreign = GpuError::Symbol { symbol: 257, position: 1, text: 1, symbols: 257 };
    assert_eq!(windows(16, Termination::Exact, 257), foreign);
    let end = GpuError::Symbol { symbol: END_OF_DOCUMENT, position: 1, text: 1, symbols: 256 };
    assert_eq!(windows(8, Termination::Exact, END_OF_DOCUMENT), end);
    assert_eq!(gpu.cdfs(&[], 8).unwrap_err(), GpuError::Precision(8));
    assert_eq!(
        gpu.cdfs(&[&[999]], 16).unwrap_err(),
        GpuError::Symbol { symbol: 999, position: 0, text: 0, symbols: 257 }
    );
    assert_eq!(gpu.cdfs(&[], 16).unwrap(), Vec::<Vec<Cdf>>::new());
    let shape = WindowShape::new(16, Termination::Exact).unwrap();
    assert_eq!(gpu.encode_windows(shape, &[&text(50, 1)], &mut |_| false), Err(GpuError::Stopped));
}

#[test]
fn a_lost_device_is_an_error() {
    let Some((device, queue)) = open() else { return };
    let model = model(Kind::Ordinary, 1, ODD, 8);
    let gpu = GpuModel::new(&device, &queue, &model).unwrap();
    device.destroy();
    let shape = WindowShape::new(16, Termination::Exact).unwrap();
    let errors = [
        gpu.cdfs(&[&[1, 2, 3]], 16).unwrap_err(),
        gpu.encode_windows(shape, &[&[1, 2, 3]], &mut |_| true).unwrap_err(),
        GpuModel::new(&device, &queue, &model).err().unwrap(),
    ];
    assert!(
        errors.iter().all(|error| matches!(error, GpuError::Failed { .. } | GpuError::Shader { .. })),
        "{errors:?}"
    );
}

#[test]
fn a_model_too_large_for_a_binding_is_named() {
    let Some((device, queue)) = device() else { return };
    let gpu = Gpu::new(device, queue);
    let found = gpu.zeros("down", gpu.most_bytes() + 4).unwrap_err().to_string();
    assert!(found.contains("down") && found.contains("134217732"), "{found}");
}

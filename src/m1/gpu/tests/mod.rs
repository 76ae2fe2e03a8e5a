//! The shaders against the CPU, bit for bit, on whatever Vulkan driver there is.

mod arithmetic;
mod distributions;
mod faults;
mod limbs;
mod models;
mod windows;

use super::*;
use std::sync::OnceLock;

/// A device with WebGPU's default limits, a software driver's if there is one. None where there is no driver; CI
/// demands one by setting `MULLION_DEMAND_SOFTWARE_GPU`.
fn device() -> Option<&'static (wgpu::Device, wgpu::Queue)> {
    static DEVICE: OnceLock<Option<(wgpu::Device, wgpu::Queue)>> = OnceLock::new();
    let device = DEVICE.get_or_init(open).as_ref();
    let demanded = std::env::var_os("MULLION_DEMAND_SOFTWARE_GPU").is_some();
    assert!(device.is_some() || !demanded, "MULLION_DEMAND_SOFTWARE_GPU is set, but there is no Vulkan driver");
    device
}

/// A device of its own.
fn open() -> Option<(wgpu::Device, wgpu::Queue)> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    adapters.sort_by_key(|adapter| adapter.get_info().device_type != wgpu::DeviceType::Cpu);
    pollster::block_on(adapters.first()?.request_device(&Default::default())).ok()
}

fn text(length: usize, seed: usize) -> Vec<Symbol> {
    (0..length).map(|i| ((i * 31 + seed * 17) * (i + 3) % ALPHABET) as Symbol).collect()
}

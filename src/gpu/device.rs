//! The choice of a device: `auto`, `gpu`, `cpu` or `software`.

use super::self_test::{self, SelfTest, SelfTestError};
use burn::tensor::wgpu::{WgpuBackend, WgpuSetup};
use burn::tensor::{Device, DeviceKind};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use wgpu::DeviceType;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A real GPU if there is one that passes the self-test, else the CPU.
    #[default]
    Auto,
    /// A real GPU through WebGPU, or an error.
    Gpu,
    /// burn's CPU device (flex).
    Cpu,
    /// A GPU driver that runs on the CPU (llvmpipe): slow, for testing shaders.
    Software,
}

impl DeviceChoice {
    pub const ALL: [DeviceChoice; 4] = [Self::Auto, Self::Gpu, Self::Cpu, Self::Software];

    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
            Self::Software => "software",
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == text)
            .ok_or_else(|| format!("there is no device `{text}`: say auto, gpu, cpu or software"))
    }
}

/// A device that passed its self-test.
#[derive(Clone)]
pub struct ChosenDevice {
    pub device: Device,
    /// What it is: `CPU (burn flex, 2 threads)`, `NVIDIA … (discrete GPU, Vulkan)`.
    pub name: String,
    /// Why this one.
    pub reason: String,
    pub self_test: SelfTest,
    /// The wgpu handles behind the device, for our own kernels; none on the CPU.
    pub wgpu: Option<WgpuSetup>,
}

impl fmt::Display for ChosenDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; self-test passed ({})", self.name, self.reason, self.self_test)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    #[error(
        "no GPU was found{found}. Install your GPU's Vulkan driver (AMD, Intel: mesa-vulkan-drivers; NVIDIA: the vendor's driver) \
         and the loader libvulkan1, or use --device cpu"
    )]
    NoGpu { found: String },
    #[error(
        "no software Vulkan driver was found. On Debian or Ubuntu install one with: apt install mesa-vulkan-drivers libvulkan1"
    )]
    NoSoftware,
    #[error("{name} could not be opened: {reason}. Update its driver, or use --device cpu")]
    Open { name: String, reason: String },
    #[error("{name} failed the self-test: {source}. Update its driver, or use --device cpu")]
    SelfTest { name: String, source: SelfTestError },
    #[error(
        "{name} worked before and does not any more: {source}. It was lost; close Mullion and start it again to use it \
         anew (what trained on it goes on from its last checkpoint), or use --device cpu"
    )]
    Lost { name: String, source: SelfTestError },
}

impl DeviceChoice {
    /// The choice that leads to a device again, by what was said of it ([`ChosenDevice`] as text): the CPU and the software
    /// driver as they were, a real GPU wherever there is one now.
    pub fn like(said: &str) -> Self {
        let name = said.split(": ").next().unwrap_or_default();
        match name {
            name if name.starts_with(CPU_NAME) => Self::Cpu,
            name if name.contains(SOFTWARE) => Self::Software,
            _ => Self::Auto,
        }
    }

    /// Opens the device and runs its self-test (about a second; opened devices are kept for the life of the process).
    pub fn open(self) -> Result<ChosenDevice, DeviceError> {
        match self {
            Self::Cpu => open_cpu("asked for with --device cpu"),
            Self::Gpu => open_gpu("asked for with --device gpu"),
            Self::Software => open_software(),
            Self::Auto => match open_gpu("the fastest device found") {
                Ok(device) => Ok(device),
                // Never in silence: the reason is shown wherever the device is.
                Err(DeviceError::NoGpu { found }) => open_cpu(&format!("no GPU was found{found}")),
                Err(error) => open_cpu(&format!("the GPU cannot be used ({error})")),
            },
        }
    }
}

/// What the CPU's name begins with.
const CPU_NAME: &str = "CPU";
/// What a software driver is called.
const SOFTWARE: &str = "software rasteriser";

fn open_cpu(reason: &str) -> Result<ChosenDevice, DeviceError> {
    let threads = rayon::current_num_threads();
    let name = format!("{CPU_NAME} (burn flex, {threads} thread{})", if threads == 1 { "" } else { "s" });
    let device = Device::flex();
    let self_test =
        self_test::run(&device, None).map_err(|source| DeviceError::SelfTest { name: name.clone(), source })?;
    Ok(ChosenDevice { device, name, reason: reason.to_owned(), self_test, wgpu: None })
}

fn open_gpu(reason: &str) -> Result<ChosenDevice, DeviceError> {
    let adapters = adapters();
    let preference = [
        (DeviceType::DiscreteGpu, DeviceKind::DiscreteGpu(0)),
        (DeviceType::IntegratedGpu, DeviceKind::IntegratedGpu(0)),
        (DeviceType::VirtualGpu, DeviceKind::VirtualGpu(0)),
    ];
    let found = preference.into_iter().find(|(kind, _)| adapters.iter().any(|a| a.device_type == *kind));
    let Some((_, kind)) = found else {
        let software = adapters.iter().find(|a| a.device_type == DeviceType::Cpu);
        let found = software.map(|a| format!(" (only {}, a driver that runs on the CPU)", a.name)).unwrap_or_default();
        return Err(DeviceError::NoGpu { found });
    };
    open_wgpu(kind, reason)
}

fn open_software() -> Result<ChosenDevice, DeviceError> {
    if !adapters().iter().any(|adapter| adapter.device_type == DeviceType::Cpu) {
        return Err(DeviceError::NoSoftware);
    }
    open_wgpu(DeviceKind::Cpu, "asked for with --device software; for testing shaders, slow")
}

/// Every adapter of the native graphics APIs.
fn adapters() -> Vec<wgpu::AdapterInfo> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(descriptor);
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    adapters.iter().map(wgpu::Adapter::get_info).collect()
}

/// burn's runtime lives as long as the process and can be set up once per adapter, so what was opened is kept.
static OPENED: Mutex<Option<HashMap<DeviceKind, (Device, WgpuSetup)>>> = Mutex::new(None);

fn open_wgpu(kind: DeviceKind, reason: &str) -> Result<ChosenDevice, DeviceError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = opened.get_or_insert_with(HashMap::new);
    let kept = opened.contains_key(&kind);
    let (device, setup) = match opened.get(&kind) {
        Some((device, setup)) => (device.clone(), setup.clone()),
        None => {
            let options = Device::wgpu_options().device_kind(kind.clone()).graphics_api(WgpuBackend::Auto);
            let open = std::panic::catch_unwind(|| options.init_with_setup());
            let error = |reason: String| DeviceError::Open { name: format!("{kind:?}"), reason };
            let (device, setup) = match open {
                Ok(result) => result.map_err(|e| error(e.to_string()))?,
                Err(_) => return Err(error("its driver failed while it was set up".to_owned())),
            };
            opened.insert(kind, (device.clone(), setup.clone()));
            (device, setup)
        }
    };
    let info = setup.adapter.get_info();
    let what = match info.device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => SOFTWARE,
        DeviceType::Other => "other",
    };
    let name = format!("{} ({what}, {:?})", info.name, info.backend);
    let self_test = self_test::run(&device, Some(&setup)).map_err(|source| match kept {
        true => DeviceError::Lost { name: name.clone(), source },
        false => DeviceError::SelfTest { name: name.clone(), source },
    })?;
    Ok(ChosenDevice { device, name, reason: reason.to_owned(), self_test, wgpu: Some(setup) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_found_again_by_what_was_said_of_it() {
        let cpu = open_cpu("no GPU was found").unwrap().to_string();
        assert_eq!(DeviceChoice::like(&cpu), DeviceChoice::Cpu);
        let software = format!("llvmpipe (LLVM 19.1.7, 256 bits) ({SOFTWARE}, Vulkan): asked for");
        assert_eq!(DeviceChoice::like(&software), DeviceChoice::Software);
        assert_eq!(DeviceChoice::like("NVIDIA H200 (discrete GPU, Vulkan): the fastest"), DeviceChoice::Auto);
    }
}

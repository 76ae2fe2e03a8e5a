//! Launching our own WGSL kernels on a wgpu device.

use burn::tensor::wgpu::WgpuSetup;
use wgpu::util::DeviceExt;

/// A shader: its file's name for messages, and its source composed from `shaders/` and `shaders/shared/`.
pub struct Shader {
    pub file: &'static str,
    pub parts: &'static [&'static str],
}

#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error("the shader {file} was refused by the driver: {reason}")]
    Shader { file: &'static str, reason: String },
    #[error("the results of {file} could not be read back: {reason}")]
    ReadBack { file: &'static str, reason: String },
}

/// Workgroups of one dispatch dimension that every WebGPU device supports.
const MOST_WORKGROUPS: usize = 65_535;

/// Runs `main` of `shader` over `input` with one invocation a value in workgroups of 64, and returns as many values.
pub fn map_u32(setup: &WgpuSetup, shader: &Shader, input: &[u32]) -> Result<Vec<u32>, KernelError> {
    let WgpuSetup { device, queue, .. } = setup;
    let file = shader.file;
    let groups = input.len().div_ceil(64);
    if groups > MOST_WORKGROUPS {
        return Err(KernelError::Shader {
            file,
            reason: format!("{groups} workgroups are more than one dispatch holds"),
        });
    }
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(file),
        source: wgpu::ShaderSource::Wgsl(shader.parts.concat().into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(file),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    if let Some(error) = pollster::block_on(scope.pop()) {
        return Err(KernelError::Shader { file, reason: error.to_string() });
    }
    let size = std::mem::size_of_val(input) as u64;
    let input = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("input"),
        contents: bytemuck::cast_slice(input),
        usage: wgpu::BufferUsages::STORAGE,
    });
    let buffer = |label, usage| {
        device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
    };
    let output = buffer("output", wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let back = buffer("read-back", wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(file),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: input.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: output.as_entire_binding() },
        ],
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.dispatch_workgroups(groups as u32, 1, 1);
    }
    encoder.copy_buffer_to_buffer(&output, 0, &back, 0, size);
    queue.submit([encoder.finish()]);
    let unreadable = |reason: String| KernelError::ReadBack { file, reason };
    let (sender, receiver) = std::sync::mpsc::channel();
    back.slice(..).map_async(wgpu::MapMode::Read, move |result| {
        // The receiver is alive until the answer has come.
        let _ = sender.send(result);
    });
    device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| unreadable(e.to_string()))?;
    receiver.recv().map_err(|e| unreadable(e.to_string()))?.map_err(|e| unreadable(e.to_string()))?;
    let view = back.slice(..).get_mapped_range().map_err(|e| unreadable(e.to_string()))?;
    Ok(bytemuck::cast_slice(&view).to_vec())
}

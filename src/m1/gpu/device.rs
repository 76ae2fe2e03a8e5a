//! Buffers, pipelines and submissions on a wgpu device, with every failure as an error: nothing here panics or waits
//! forever.

use super::error::GpuError;
use super::shader::Shader;
use std::sync::mpsc;
use std::time::Duration;

/// How long a submission may take. They are cut to a fraction of a second, so this only ends what hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A device as our own kernels use it.
#[derive(Debug, Clone)]
pub(super) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    limits: wgpu::Limits,
}

/// A buffer that the CPU reads, filled by a submission.
pub(super) struct Pending {
    buffer: wgpu::Buffer,
    bytes: u64,
    submission: wgpu::SubmissionIndex,
    mapped: mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Gpu {
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self { device: device.clone(), queue: queue.clone(), limits: device.limits() }
    }

    /// The largest buffer that a shader can be given.
    pub fn most_bytes(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size)
    }

    /// The most workgroups in one dimension of a dispatch.
    pub fn most_groups(&self) -> usize {
        self.limits.max_compute_workgroups_per_dimension as usize
    }

    /// Runs `work`, and turns what the device reports meanwhile into an error. `what` says what failed.
    fn guarded<T>(&self, what: &str, work: impl FnOnce() -> T) -> Result<T, GpuError> {
        let filters = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation];
        let scopes = filters.map(|filter| self.device.push_error_scope(filter));
        let result = work();
        // Innermost first, as they were pushed.
        let errors = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop()));
        match errors.last() {
            None => Ok(result),
            Some(wgpu::Error::OutOfMemory { .. }) => Err(GpuError::OutOfMemory { what: what.to_owned() }),
            Some(error) => Err(GpuError::Failed { what: what.to_owned(), reason: error.to_string() }),
        }
    }

    fn check_size(&self, what: &str, bytes: u64) -> Result<(), GpuError> {
        let limit = self.most_bytes();
        match bytes <= limit {
            true => Ok(()),
            false => Err(GpuError::TooLarge { what: what.to_owned(), bytes, limit }),
        }
    }

    /// A buffer of zeros, for shaders and copies.
    pub fn zeros(&self, what: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        self.buffer(what, bytes, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC)
    }

    /// A uniform buffer.
    pub fn uniform(&self, what: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        self.buffer(what, bytes, wgpu::BufferUsages::UNIFORM)
    }

    fn buffer(&self, what: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, GpuError> {
        self.check_size(what, bytes)?;
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        let descriptor = wgpu::BufferDescriptor { label: Some(what), size: bytes, usage, mapped_at_creation: false };
        self.guarded(what, || self.device.create_buffer(&descriptor))
    }

    /// A buffer that shaders read these values from.
    pub fn upload<T: bytemuck::NoUninit>(&self, what: &str, values: &[T]) -> Result<wgpu::Buffer, GpuError> {
        let buffer = self.buffer(what, size_of_val(values) as u64, wgpu::BufferUsages::STORAGE)?;
        self.write(&buffer, values)?;
        Ok(buffer)
    }

    /// Overwrites the beginning of a buffer, before whatever is submitted next.
    pub fn write<T: bytemuck::NoUninit>(&self, buffer: &wgpu::Buffer, values: &[T]) -> Result<(), GpuError> {
        self.guarded("an upload", || self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(values)))
    }

    /// Compiles a shader for these values of its `override`s.
    pub fn pipeline(&self, shader: Shader, constants: &[(&str, u32)]) -> Result<wgpu::ComputePipeline, GpuError> {
        self.compile(shader.file(), &shader.source(), constants)
    }

    /// Compiles a program; `file` names it in messages.
    pub fn compile(
        &self,
        file: &'static str,
        source: &str,
        constants: &[(&str, u32)],
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let constants: Vec<(&str, f64)> = constants.iter().map(|&(name, value)| (name, value.into())).collect();
        let compiled = self.guarded(file, || {
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(file),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(file),
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &constants,
                    // Every shader writes what it reads.
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            })
        });
        compiled.map_err(|error| match error {
            GpuError::Failed { reason, .. } => GpuError::Shader { file, reason },
            other => other,
        })
    }

    /// Binds buffers to 0, 1, 2, …, as the pipeline's shader has them.
    pub fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[&wgpu::Buffer],
    ) -> Result<wgpu::BindGroup, GpuError> {
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        self.guarded("binding buffers", || {
            self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            })
        })
    }

    /// Submits what `record` records.
    pub fn submit(&self, record: impl FnOnce(&mut wgpu::CommandEncoder)) -> Result<wgpu::SubmissionIndex, GpuError> {
        self.guarded("a computation", || {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            record(&mut encoder);
            self.queue.submit([encoder.finish()])
        })
    }

    /// Submits what `record` records, and then the copying of `parts` (a buffer and how many of its first bytes, a
    /// multiple of four) to where [`Self::wait`] finds them, one after the other.
    pub fn submit_and_read(
        &self,
        parts: &[(&wgpu::Buffer, u64)],
        record: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Result<Pending, GpuError> {
        let bytes = parts.iter().map(|(_, bytes)| bytes).sum();
        let buffer = self.guarded("a read-back", || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("read-back"),
                size: bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })?;
        let submission = self.submit(|encoder| {
            record(encoder);
            let mut at = 0;
            for &(part, bytes) in parts {
                encoder.copy_buffer_to_buffer(part, 0, &buffer, at, bytes);
                at += bytes;
            }
        })?;
        let (sender, mapped) = mpsc::channel();
        self.guarded("a read-back", || {
            buffer.map_async(wgpu::MapMode::Read, .., move |result| {
                // Whoever has stopped waiting does not need the answer.
                let _ = sender.send(result);
            });
        })?;
        Ok(Pending { buffer, bytes, submission, mapped })
    }

    /// The bytes that a submission copied, once it is done.
    pub fn wait(&self, pending: Pending) -> Result<Vec<u32>, GpuError> {
        let failed = |reason: String| GpuError::Failed { what: "a read-back".to_owned(), reason };
        let silent = GpuError::Silent { seconds: PATIENCE.as_secs() };
        let wait = wgpu::PollType::Wait { submission_index: Some(pending.submission), timeout: Some(PATIENCE) };
        match self.guarded("a read-back", || self.device.poll(wait))? {
            Ok(_) => {}
            Err(wgpu::PollError::Timeout) => return Err(silent),
            Err(error) => return Err(failed(error.to_string())),
        }
        // Polling has run the callback, or another thread that polls the same device is about to.
        let mapped = pending.mapped.recv_timeout(PATIENCE).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => silent,
            mpsc::RecvTimeoutError::Disconnected => failed("the device was lost".to_owned()),
        })?;
        mapped.map_err(|error| failed(error.to_string()))?;
        let view = pending.buffer.get_mapped_range(..pending.bytes).map_err(|error| failed(error.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view[..]))
    }
}

//! Reading tensors back from a device.

use burn::tensor::{ExecutionError, Tensor};

/// A tensor's values, row-major; waits for the device.
pub fn read_f32<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExecutionError> {
    let data = tensor.try_into_data()?.convert::<f32>();
    Ok(data.iter::<f32>().collect())
}

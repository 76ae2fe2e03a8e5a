//! Cross-entropy with z-loss over large vocabularies, without ever holding all logits (paper 3.5: z-loss 1e-4).
//!
//! The loss of a row with logits `l` and target `t` is `lse(l) − l[t] + z · lse(l)²`. With 65,536 words and 4,096 rows the
//! logits, their softmax and their gradient would take a gigabyte each. Here rows go through in chunks, and each chunk's
//! gradient is made at once, from the softmax that is at hand, in closed form:
//! `∂/∂l = (softmax(l) · (1 + 2 z · lse) − onehot(t)) / rows`.

use burn::tensor::{ExecutionError, Int, Tensor};

/// Logits held at once, in values: 32 Mi values are 128 MiB, and about four arrays of this size live together.
const CHUNK_VALUES: usize = 32 << 20;

/// The loss of a batch and its gradients at the two inputs of the head's matrix product.
pub struct LossGradient {
    /// Mean cross-entropy in nats per row, without z-loss, as a tensor of one value: reading it is the caller's choice.
    pub nats: Tensor<1>,
    /// `[rows, embed]`
    pub hidden: Tensor<2>,
    /// `[embed, vocabulary]`
    pub head: Tensor<2>,
}

/// Rows that one chunk takes for a vocabulary of this size.
pub fn chunk_rows(vocabulary: usize) -> usize {
    (CHUNK_VALUES / vocabulary).max(1)
}

/// The loss and its gradients for `hidden` `[rows, embed]`, `head` `[embed, vocabulary]` and `targets` `[rows]`, all
/// without autodiff, `chunk` rows at a time.
pub fn loss_gradient(
    hidden: Tensor<2>,
    head: Tensor<2>,
    targets: Tensor<1, Int>,
    z_loss: f32,
    chunk: usize,
) -> LossGradient {
    let [rows, _] = hidden.dims();
    let mut nats: Option<Tensor<1>> = None;
    let mut hidden_gradients = Vec::with_capacity(rows.div_ceil(chunk));
    let mut head_gradient: Option<Tensor<2>> = None;
    for start in (0..rows).step_by(chunk) {
        let count = chunk.min(rows - start);
        let part = hidden.clone().narrow(0, start, count);
        let target = targets.clone().narrow(0, start, count).unsqueeze_dim::<2>(1);
        let Softmax { probabilities, lse, target_logit } = softmax(part.clone().matmul(head.clone()), target.clone());
        let sum = (lse.clone() - target_logit).sum();
        nats = Some(match nats {
            Some(total) => total + sum,
            None => sum,
        });
        let weight = lse.mul_scalar(2.0 * z_loss).add_scalar(1.0);
        let minus_one = Tensor::full([count, 1], -1.0, &part.device());
        let gradient = (probabilities * weight)
            .scatter(1, target, minus_one, burn::tensor::IndexingUpdateOp::Add)
            .div_scalar(rows as f32);
        let here = part.transpose().matmul(gradient.clone());
        head_gradient = Some(match head_gradient {
            Some(total) => total + here,
            None => here,
        });
        hidden_gradients.push(gradient.matmul(head.clone().transpose()));
    }
    let device = hidden.device();
    LossGradient {
        nats: nats.unwrap_or_else(|| Tensor::zeros([1], &device)).div_scalar(rows.max(1) as f32),
        hidden: Tensor::cat(hidden_gradients, 0),
        head: head_gradient.unwrap_or_else(|| Tensor::zeros(head.dims(), &device)),
    }
}

/// What evaluation wants to know of each row.
pub struct RowScores {
    /// Cross-entropy in nats.
    pub nats: Vec<f32>,
    /// Whether the likeliest word is the target.
    pub correct: Vec<bool>,
}

/// Cross-entropy and top-1 accuracy of each row, without gradients.
pub fn score_rows(
    hidden: Tensor<2>,
    head: Tensor<2>,
    targets: Tensor<1, Int>,
    chunk: usize,
) -> Result<RowScores, ExecutionError> {
    let [rows, _] = hidden.dims();
    let mut scores = RowScores { nats: Vec::with_capacity(rows), correct: Vec::with_capacity(rows) };
    for start in (0..rows).step_by(chunk) {
        let count = chunk.min(rows - start);
        let target = targets.clone().narrow(0, start, count).unsqueeze_dim::<2>(1);
        let logits = hidden.clone().narrow(0, start, count).matmul(head.clone());
        let best = logits.clone().max_dim(1);
        let target_logit = logits.clone().gather(1, target);
        let lse = (logits - best.clone()).exp().sum_dim(1).log() + best.clone();
        scores.nats.extend(crate::gpu::read_f32(lse - target_logit.clone())?);
        // A tie counts as right: it is the maximum, whichever index argmax would name on this device.
        let behind = crate::gpu::read_f32(best - target_logit)?;
        scores.correct.extend(behind.into_iter().map(|gap| gap <= 0.0));
    }
    Ok(scores)
}

struct Softmax {
    /// `[rows, vocabulary]`
    probabilities: Tensor<2>,
    /// log Σ exp(logits), `[rows, 1]`
    lse: Tensor<2>,
    /// `[rows, 1]`
    target_logit: Tensor<2>,
}

fn softmax(logits: Tensor<2>, target: Tensor<2, Int>) -> Softmax {
    let target_logit = logits.clone().gather(1, target);
    let max = logits.clone().max_dim(1);
    let exponentials = (logits - max.clone()).exp();
    let sum = exponentials.clone().sum_dim(1);
    Softmax { lse: sum.clone().log() + max, probabilities: exponentials / sum, target_logit }
}

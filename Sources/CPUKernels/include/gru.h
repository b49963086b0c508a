#ifndef TANDEM_GRU_H
#define TANDEM_GRU_H

#include "matmul.h"

#include <stddef.h>
#include <stdint.h>

/// Sizes of a whole-sequence GRU layer: T steps of B rows, from I features to H hidden units; all
/// at least 1.
typedef struct {
    int64_t steps, batch, input, hidden;
} tandem_gru_shape;

/// Arrays of a forward pass. Row blocks of the weights and biases stand in PyTorch's order r, z, n.
///
/// input `[T, B, I]`, initial_state `[B, H]` (NULL = zeros), input_weight `[3H, I]`, hidden_weight
/// `[3H, H]`, biases `[3H]`, output
/// `[T, B, H]`, reserve `[T, B, 4H]` (r, z, n, q in every row; NULL when no gradient is wanted).
/// Outputs overlap no input.
typedef struct {
    const float *input, *initial_state;
    const float *input_weight, *hidden_weight, *input_bias, *hidden_bias;
    float *output, *reserve;
} tandem_gru_forward_arguments;

/// Arrays of a backward pass; `output` and `reserve` are those of the forward pass, output_gradient
/// `[T, B, H]`.
///
/// Overwrites input_gradient `[T, B, I]` and initial_state_gradient `[B, H]` (each may be NULL);
/// **adds** to the gradients of the weights and biases.
typedef struct {
    const float *input, *initial_state;
    const float *input_weight, *hidden_weight;
    const float *output, *reserve, *output_gradient;
    float *input_gradient, *initial_state_gradient;
    float *input_weight_gradient, *hidden_weight_gradient;
    float *input_bias_gradient, *hidden_bias_gradient;
} tandem_gru_backward_arguments;

/// Floats of workspace that the forward pass needs.
int64_t tandem_gru_forward_workspace(tandem_gru_shape shape);

/// Floats of workspace that the backward pass needs.
int64_t tandem_gru_backward_workspace(tandem_gru_shape shape);

/// `r = s(W_ir x + b_ir + W_hr h + b_hr)`, `z = s(W_iz x + b_iz + W_hz h + b_hz)`, `q = W_hn h +
/// b_hn`, `n = tanh(W_in x + b_in + r q)`, `h' = (1 - z) n + z h` for the whole sequence.
/// `workspace` is aligned to 64 bytes. The result does not depend on the number of threads.
void tandem_gru_forward(
    const tandem_executor *executor, tandem_gru_shape shape,
    const tandem_gru_forward_arguments *arguments, float *workspace);

/// Backward through time; see `tandem_gru_backward_arguments`.
void tandem_gru_backward(
    const tandem_executor *executor, tandem_gru_shape shape,
    const tandem_gru_backward_arguments *arguments, float *workspace);

#endif

#ifndef TANDEM_NORMALIZATION_H
#define TANDEM_NORMALIZATION_H

#include <stdint.h>

// Every function works on a run of rows: a caller that shares the work out passes pointers to its
// own rows. Rows are independent and their sums run in the fixed order of `reductions.h`, so the
// results do not depend on the cut.

/// What a softmax writes. Values are shared with Swift.
typedef enum {
    TANDEM_SOFTMAX_PROBABILITIES = 0,
    TANDEM_SOFTMAX_LOGARITHMS = 1,
} tandem_softmax_result;

/// The softmax of each row, or its logarithm; `[rows, columns]`, in place allowed.
void tandem_softmax(
    int32_t result, const float *input, float *output, int64_t rows, int64_t columns);

/// With `y = output` and `g = output_gradient`, sums over the row: `y * (g - sum(g * y))`, for
/// logarithms `g - e^y * sum(g)`. `input_gradient` may be `output_gradient`.
void tandem_softmax_backward(
    int32_t result, const float *output, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t columns);

/// The softmax along up to 16 neighbouring columns whose `rows` rows lie `stride` apart; in place
/// allowed.
void tandem_softmax_columns(
    int32_t result, const float *input, float *output, int64_t rows, int64_t stride,
    int64_t columns);

/// The gradient of `tandem_softmax_columns`, as for rows.
void tandem_softmax_columns_backward(
    int32_t result, const float *output, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t stride, int64_t columns);

/// `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, unless `gradient` is NULL,
/// `gradient = softmax - onehot`. A row whose target is `ignore_index` gives loss 0 and gradient 0.
/// Other targets must lie in `0..<columns`.
void tandem_softmax_cross_entropy(
    const float *logits, const int32_t *targets, float *losses, float *gradient, int64_t rows,
    int64_t columns, int32_t ignore_index);

/// `output = gamma * (x - mean) * rstd + beta` per row; writes `mean [rows]` and `rstd [rows]`. The
/// variance is computed in a second pass from the differences to the mean. In place allowed.
void tandem_layer_norm(
    const float *input, const float *gamma, const float *beta, float *output, float *mean,
    float *rstd, int64_t rows, int64_t columns, float epsilon);

/// Overwrites `input_gradient [rows, columns]` and **overwrites** `gamma_partial [columns]` and
/// `beta_partial [columns]` with the sums over these rows, taken in ascending order.
void tandem_layer_norm_backward(
    const float *input, const float *gamma, const float *mean, const float *rstd,
    const float *output_gradient, float *input_gradient, float *gamma_partial, float *beta_partial,
    int64_t rows, int64_t columns);

/// `output = gamma * x * rrms` per row with `rrms = 1 / sqrt(mean(x^2) + epsilon)`, which is written
/// to `rrms [rows]`. In place allowed.
void tandem_rms_norm(
    const float *input, const float *gamma, float *output, float *rrms, int64_t rows,
    int64_t columns, float epsilon);

/// Overwrites `input_gradient [rows, columns]` and **overwrites** `gamma_partial [columns]` with the
/// sum over these rows, taken in ascending order. `input_gradient` may be `output_gradient`.
void tandem_rms_norm_backward(
    const float *input, const float *gamma, const float *rrms, const float *output_gradient,
    float *input_gradient, float *gamma_partial, int64_t rows, int64_t columns);

/// `output = input / norms[r]`, `norms[r] = max(||input[r, :]||, epsilon)`. In place allowed.
void tandem_l2_normalize(
    const float *input, float *output, float *norms, int64_t rows, int64_t columns, float epsilon);

/// `input_gradient = (g - (g . y) y) / norms[r]`; `g / epsilon` where the norm was clamped.
/// `input_gradient` may be `output_gradient`.
void tandem_l2_normalize_backward(
    const float *output, const float *norms, const float *output_gradient, float *input_gradient,
    int64_t rows, int64_t columns, float epsilon);

#endif

/// What attention does to the rows of one head's scores.
#ifndef TANDEM_ATTENTION_ROWS_H
#define TANDEM_ATTENTION_ROWS_H

#include <stdint.h>

/// Turns scores `[rows, columns]` into probabilities: adds the mask (NULL for none), hides the columns
/// behind the row's own number when `is_causal`, and takes the softmax; rows without a visible column
/// become 0.
void tandem_attention_softmax(
    float *scores, const float *mask, int64_t rows, int64_t columns, int32_t is_causal);

/// Turns gradients of probabilities `[rows, columns]` into gradients of the scores before scaling.
void tandem_attention_softmax_backward(
    const float *probabilities, float *gradients, int64_t rows, int64_t columns, float scale);

#endif

#ifndef TANDEM_ATTENTION_H
#define TANDEM_ATTENTION_H

#include "matmul.h"

#include <stdbool.h>
#include <stdint.h>

/// Sizes and options of multi-head attention.
typedef struct {
    int64_t batch, heads, queries, keys, width;
    float scale;
    /// Query i sees the keys up to number i only.
    bool is_causal;
    /// Whether sequences and heads have masks of their own.
    bool mask_has_batch, mask_has_heads;
} tandem_attention_shape;

/// Arrays of a forward pass: query and output `[batch, queries, heads * width]`, key and value
/// `[batch, keys, heads * width]`, mask `[batch or 1, heads or 1, queries, keys]` added to the scores
/// (NULL for none), probabilities `[batch, heads, queries, keys]` (NULL when no backward pass
/// follows). Outputs overlap no input.
typedef struct {
    const float *query, *key, *value, *mask;
    float *output, *probabilities;
} tandem_attention_arguments;

/// Arrays of a backward pass; overwrites the three gradients.
typedef struct {
    const float *query, *key, *value, *probabilities, *output_gradient;
    float *query_gradient, *key_gradient, *value_gradient;
} tandem_attention_backward_arguments;

/// `output = softmax(scale * query key^T + mask) value` for each sequence and head; 0 for a query
/// that sees no key. `workspace` holds `queries * keys` floats per thread; it is not read when there
/// are probabilities. The result does not depend on the number of threads.
void tandem_attention(
    const tandem_executor *executor, tandem_attention_shape shape,
    const tandem_attention_arguments *arguments, float *workspace);

/// The gradients of attention; `workspace` as above, always needed.
void tandem_attention_backward(
    const tandem_executor *executor, tandem_attention_shape shape,
    const tandem_attention_backward_arguments *arguments, float *workspace);

#endif

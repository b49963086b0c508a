#ifndef TANDEM_MATMUL_H
#define TANDEM_MATMUL_H

#include "thread_pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A single-threaded row-major matrix product of a BLAS library:
/// `output = alpha * op(left) * op(right) + beta * output`, sizes and leading dimensions as in
/// `cblas_sgemm`.
typedef void (*tandem_vendor_matmul)(
    bool transpose_left, bool transpose_right, int32_t m, int32_t n, int32_t k, float alpha,
    const float *left, int32_t left_stride, const float *right, int32_t right_stride, float beta,
    float *output, int32_t output_stride);

/// What large operations run on: the threads, and the BLAS library for large products (NULL for
/// none).
typedef struct {
    tandem_thread_pool *pool;
    tandem_vendor_matmul vendor_matmul;
} tandem_executor;

/// Scratch bytes per thread that `tandem_matmul` needs from the pool.
size_t tandem_matmul_scratch_bytes(void);

/// Applied to each element of the result before it is stored. Values are shared with Swift.
typedef enum {
    TANDEM_ACTIVATION_IDENTITY = 0,
    TANDEM_ACTIVATION_RELU = 1,
    TANDEM_ACTIVATION_SIGMOID = 2,
    TANDEM_ACTIVATION_TANH = 3,
    TANDEM_ACTIVATION_GELU = 4,
} tandem_activation;

/// `output = activation(alpha * op(left) * op(right) + beta * output + bias)` for `batch` matrices.
///
/// left `[M, K]` (`[K, M]` if transposed), right `[K, N]` (`[N, K]` if transposed), output `[M,
/// N]`, bias `[N]` or NULL. Strides count elements from row to row of the stored matrix. With
/// `beta` 0 the output is never read. The output overlaps no input.
typedef struct {
    int64_t m, n, k;
    const float *left;
    int64_t left_stride;
    bool transpose_left;
    const float *right;
    int64_t right_stride;
    bool transpose_right;
    float *output;
    int64_t output_stride;
    int64_t batch;
    int64_t left_batch_stride, right_batch_stride, output_batch_stride;
    float alpha, beta;
    const float *bias;
    int32_t activation;
} tandem_matmul_arguments;

/// Computes a product. Every element is summed over k in blocks of fixed length, so the result does
/// not depend on the number of threads.
void tandem_matmul(const tandem_executor *executor, const tandem_matmul_arguments *product);

#endif

#include "attention.h"

#include "attention_rows.h"
#include "matmul_blocks.h"

#include <string.h>

struct attention_job {
    const tandem_executor *executor;
    tandem_attention_shape shape;
    const tandem_attention_arguments *forward;
    const tandem_attention_backward_arguments *backward;
    float *workspace;
};

/// One head of one sequence: where it begins in the arrays of queries, of keys and of scores.
struct head {
    int64_t queries, keys, scores, stride;
    /// Of one thread: what products pack into, and scores.
    float *scratch, *own_scores;
};

static struct head
head_of(const struct attention_job *job, int64_t index, int32_t worker) {
    const tandem_attention_shape *shape = &job->shape;
    const int64_t sequence = index / shape->heads, head = index % shape->heads;
    const int64_t stride = shape->heads * shape->width;
    return (struct head){
        .queries = sequence * shape->queries * stride + head * shape->width,
        .keys = sequence * shape->keys * stride + head * shape->width,
        .scores = index * shape->queries * shape->keys,
        .stride = stride,
        .scratch = tandem_thread_pool_scratch(job->executor->pool, worker),
        .own_scores = job->workspace + worker * shape->queries * shape->keys,
    };
}

/// One product on the calling thread.
static void multiply(const struct head *head, const tandem_matmul_arguments *product) {
    const struct block whole = {.rows = product->m, .columns = product->n};
    matmul_multiply_block(product, &whole, head->scratch);
}

/// `scores [queries, keys] = scale * left right^T` for rows of heads.
static void multiply_rows_with_rows(
    const struct head *head, const tandem_attention_shape *shape, const float *left,
    const float *right, float scale, float *scores) {
    const tandem_matmul_arguments product = {
        .m = shape->queries,
        .n = shape->keys,
        .k = shape->width,
        .left = left,
        .left_stride = head->stride,
        .right = right,
        .right_stride = head->stride,
        .transpose_right = true,
        .output = scores,
        .output_stride = shape->keys,
        .alpha = scale,
    };
    multiply(head, &product);
}

/// `rows [queries, width] = scores rows of keys`, or with `turned` `rows [keys, width] = scores^T rows
/// of queries`.
static void multiply_scores(
    const struct head *head, const tandem_attention_shape *shape, const float *scores,
    bool turned, const float *right, float *rows) {
    const tandem_matmul_arguments product = {
        .m = turned ? shape->keys : shape->queries,
        .n = shape->width,
        .k = turned ? shape->queries : shape->keys,
        .left = scores,
        .left_stride = shape->keys,
        .transpose_left = turned,
        .right = right,
        .right_stride = head->stride,
        .output = rows,
        .output_stride = head->stride,
        .alpha = 1.0f,
    };
    multiply(head, &product);
}

static void attention_task(void *context, int64_t index, int32_t worker) {
    const struct attention_job *job = context;
    const tandem_attention_shape *shape = &job->shape;
    const tandem_attention_arguments *p = job->forward;
    const struct head head = head_of(job, index, worker);
    float *scores = p->probabilities ? p->probabilities + head.scores : head.own_scores;
    multiply_rows_with_rows(
        &head, shape, p->query + head.queries, p->key + head.keys, shape->scale, scores);
    const float *mask = p->mask;
    if (mask) {
        const int64_t size = shape->queries * shape->keys;
        const int64_t heads = shape->mask_has_heads ? shape->heads : 1;
        if (shape->mask_has_batch) mask += index / shape->heads * heads * size;
        if (shape->mask_has_heads) mask += index % shape->heads * size;
    }
    tandem_attention_softmax(scores, mask, shape->queries, shape->keys, shape->is_causal);
    multiply_scores(&head, shape, scores, false, p->value + head.keys, p->output + head.queries);
}

static void attention_backward_task(void *context, int64_t index, int32_t worker) {
    const struct attention_job *job = context;
    const tandem_attention_shape *shape = &job->shape;
    const tandem_attention_backward_arguments *p = job->backward;
    const struct head head = head_of(job, index, worker);
    const float *probabilities = p->probabilities + head.scores;
    const float *gradient = p->output_gradient + head.queries;
    float *scores = head.own_scores;
    multiply_scores(
        &head, shape, probabilities, true, gradient, p->value_gradient + head.keys);
    multiply_rows_with_rows(&head, shape, gradient, p->value + head.keys, 1.0f, scores);
    tandem_attention_softmax_backward(
        probabilities, scores, shape->queries, shape->keys, shape->scale);
    multiply_scores(
        &head, shape, scores, false, p->key + head.keys, p->query_gradient + head.queries);
    multiply_scores(
        &head, shape, scores, true, p->query + head.queries, p->key_gradient + head.keys);
}

void tandem_attention(
    const tandem_executor *executor, tandem_attention_shape shape,
    const tandem_attention_arguments *arguments, float *workspace) {
    const int64_t stride = shape.heads * shape.width;
    if (shape.queries == 0 || stride == 0) return;
    if (shape.keys == 0) {
        memset(
            arguments->output, 0, sizeof(float) * (size_t)(shape.batch * shape.queries * stride));
        return;
    }
    struct attention_job job = {
        .executor = executor, .shape = shape, .forward = arguments, .workspace = workspace};
    tandem_thread_pool_run(executor->pool, shape.batch * shape.heads, attention_task, &job);
}

void tandem_attention_backward(
    const tandem_executor *executor, tandem_attention_shape shape,
    const tandem_attention_backward_arguments *arguments, float *workspace) {
    const int64_t stride = shape.heads * shape.width;
    if (shape.queries == 0 || shape.keys == 0) {
        const size_t queries = (size_t)(shape.batch * shape.queries * stride);
        const size_t keys = (size_t)(shape.batch * shape.keys * stride);
        memset(arguments->query_gradient, 0, sizeof(float) * queries);
        memset(arguments->key_gradient, 0, sizeof(float) * keys);
        memset(arguments->value_gradient, 0, sizeof(float) * keys);
        return;
    }
    if (stride == 0) return;
    struct attention_job job = {
        .executor = executor, .shape = shape, .backward = arguments, .workspace = workspace};
    tandem_thread_pool_run(
        executor->pool, shape.batch * shape.heads, attention_backward_task, &job);
}

#include "matmul.h"

#include "instruction_set.h"
#include "matmul_blocks.h"
#include "matmul_tiles.h"

/// Products of fewer operations than this run on the caller alone.
#define PARALLEL_OPERATIONS 2e6
/// Below this number of operations the own tiles beat the call overhead of a BLAS library on any
/// machine.
#define VENDOR_OPERATIONS 2e6
/// A BLAS library gets the result in at most this many parts, each of at least so many operations.
#define VENDOR_PARTS 32
#define VENDOR_PART_OPERATIONS 3e7
/// A result of at most this many elements is too small to be cut; a long k is cut instead, into at
/// most SLICES parts of at least SLICE_DEPTH.
#define SLICED_RESULT 1024
#define SLICE_DEPTH 4096
#define SLICES 16

size_t tandem_matmul_scratch_bytes(void) {
    return sizeof(float) * (BLOCK_SCRATCH + SLICES * SLICED_RESULT);
}

/// Adds the bias (NULL for none) of a finished block and applies an activation.
static void finish_block(
    const tandem_matmul_arguments *p, const struct block *block, const float *bias,
    int32_t activation) {
    if (!bias && activation == TANDEM_ACTIVATION_IDENTITY) return;
    float *row = p->output + block->batch * p->output_batch_stride
                 + block->first_row * p->output_stride + block->first_column;
    if (!bias && block->columns == p->output_stride) {
        tandem_finish_row(row, NULL, block->rows * block->columns, activation);
        return;
    }
    if (bias) bias += block->first_column;
    for (int64_t i = 0; i < block->rows; i++, row += p->output_stride) {
        tandem_finish_row(row, bias, block->columns, activation);
    }
}

/// BLAS libraries count in 32 bits.
static bool fits_vendor(const tandem_matmul_arguments *p) {
    return p->m <= INT32_MAX && p->n <= INT32_MAX && p->k <= INT32_MAX
           && p->left_stride <= INT32_MAX && p->right_stride <= INT32_MAX
           && p->output_stride <= INT32_MAX;
}

static void multiply_with_vendor(
    tandem_vendor_matmul vendor, const tandem_matmul_arguments *p, const struct block *block) {
    const float *left =
        p->left + block->batch * p->left_batch_stride
        + (p->transpose_left ? block->first_row : block->first_row * p->left_stride);
    const float *right =
        p->right + block->batch * p->right_batch_stride
        + (p->transpose_right ? block->first_column * p->right_stride : block->first_column);
    float *output = p->output + block->batch * p->output_batch_stride
                    + block->first_row * p->output_stride + block->first_column;
    vendor(
        p->transpose_left, p->transpose_right, (int32_t)block->rows, (int32_t)block->columns,
        (int32_t)p->k, p->alpha, left, (int32_t)p->left_stride, right, (int32_t)p->right_stride,
        p->beta, output, (int32_t)p->output_stride);
}

/// How a result matrix is cut: `down * across` blocks of `rows` x `columns` (the last ones may be
/// smaller).
struct grid {
    int64_t down, across, rows, columns;
};

/// The cut into about `parts` blocks with the least packing and the least padding at the edges.
static struct grid choose_grid(const tandem_matmul_arguments *p, int64_t parts) {
    struct grid best = {1, 1, p->m, p->n};
    if (parts == 1) return best;
    double best_cost = -1;
    for (int64_t wanted = 1; wanted <= parts; wanted++) {
        struct grid grid;
        grid.rows = minimum(p->m, rounded_up(group_count(p->m, wanted), 4));
        grid.down = group_count(p->m, grid.rows);
        const int64_t across = group_count(parts, grid.down);
        grid.columns = minimum(p->n, rounded_up(group_count(p->n, across), PANEL_COLUMNS));
        grid.across = group_count(p->n, grid.columns);
        // Operations of the largest block (all parts take as long as it), plus packing, in the same
        // unit.
        const double rounds = (double)((grid.down * grid.across + parts - 1) / parts);
        const double work =
            rounds * (double)grid.rows * (double)rounded_up(grid.columns, PANEL_COLUMNS);
        const double packing = rounds * 16.0 * (double)(grid.rows + grid.columns);
        if (best_cost < 0 || work + packing < best_cost) {
            best_cost = work + packing;
            best = grid;
        }
    }
    return best;
}

struct matmul_job {
    const tandem_executor *executor;
    const tandem_matmul_arguments *product;
    struct grid grid;
    tandem_vendor_matmul vendor;
};

static void matmul_task(void *context, int64_t index, int32_t worker) {
    const struct matmul_job *job = context;
    const tandem_matmul_arguments *p = job->product;
    const struct grid *grid = &job->grid;
    const int64_t blocks = grid->down * grid->across, within = index % blocks;
    struct block block = {
        .batch = index / blocks,
        .first_row = within / grid->across * grid->rows,
        .first_column = within % grid->across * grid->columns,
    };
    block.rows = minimum(grid->rows, p->m - block.first_row);
    block.columns = minimum(grid->columns, p->n - block.first_column);
    if (job->vendor) {
        multiply_with_vendor(job->vendor, p, &block);
        finish_block(p, &block, p->bias, p->activation);
        return;
    }
    matmul_multiply_block(p, &block, tandem_thread_pool_scratch(job->executor->pool, worker));
    if (p->activation != matmul_tile_activation(p)) finish_block(p, &block, NULL, p->activation);
}

/// A product whose k is cut into slices.
struct sliced_job {
    const tandem_executor *executor;
    const tandem_matmul_arguments *product;
    int64_t depth; // of all slices but the last
    float *results; // [slices, M, N]
};

static void slice_task(void *context, int64_t index, int32_t worker) {
    const struct sliced_job *job = context;
    tandem_matmul_arguments slice = *job->product;
    const int64_t first = index * job->depth;
    slice.left += slice.transpose_left ? first * slice.left_stride : first;
    slice.right += slice.transpose_right ? first : first * slice.right_stride;
    slice.k = minimum(job->depth, slice.k - first);
    slice.output = job->results + index * slice.m * slice.n;
    slice.output_stride = slice.n;
    slice.alpha = 1.0f;
    slice.beta = 0.0f;
    slice.bias = NULL;
    slice.activation = TANDEM_ACTIVATION_IDENTITY;
    const struct block whole = {.rows = slice.m, .columns = slice.n};
    matmul_multiply_block(&slice, &whole, tandem_thread_pool_scratch(job->executor->pool, worker));
}

/// Computes all slices, then adds them in ascending order. The cut depends on the shape alone.
static void multiply_in_slices(const tandem_executor *executor, const tandem_matmul_arguments *p) {
    float *scratch = tandem_thread_pool_scratch(executor->pool, 0);
    const int64_t wanted = minimum(SLICES, p->k / SLICE_DEPTH), size = p->m * p->n;
    struct sliced_job job = {
        .executor = executor,
        .product = p,
        .depth = rounded_up(group_count(p->k, wanted), DEPTH_BLOCK),
        .results = scratch + BLOCK_SCRATCH,
    };
    const int64_t slices = group_count(p->k, job.depth);
    tandem_thread_pool_run(executor->pool, slices, slice_task, &job);
    for (int64_t i = 0; i < size; i++) {
        float sum = job.results[i];
        for (int64_t slice = 1; slice < slices; slice++) sum += job.results[slice * size + i];
        float *output = p->output + i / p->n * p->output_stride + i % p->n;
        *output = p->beta != 0.0f ? p->alpha * sum + p->beta * *output : p->alpha * sum;
    }
    const struct block whole = {.rows = p->m, .columns = p->n};
    finish_block(p, &whole, p->bias, p->activation);
}

/// Large products go to the BLAS library, except with AVX-512: OpenBLAS chooses its kernels by the
/// model of the processor and falls back to AVX2 on models newer than itself; the own tiles are
/// never slower and often twice as fast.
static bool vendor_is_better(const tandem_matmul_arguments *p, double operations) {
    return operations >= VENDOR_OPERATIONS && fits_vendor(p)
           && tandem_current_instruction_set() != TANDEM_AVX512;
}

void tandem_matmul(const tandem_executor *executor, const tandem_matmul_arguments *product) {
    if (product->m == 0 || product->n == 0 || product->batch == 0) return;
    if (product->batch == 1 && product->m * product->n <= SLICED_RESULT
        && product->k >= 2 * SLICE_DEPTH) {
        multiply_in_slices(executor, product);
        return;
    }
    const double operations = 2.0 * (double)product->m * (double)product->n * (double)product->k;
    const int64_t threads = tandem_thread_pool_size(executor->pool);
    struct matmul_job job = {.executor = executor, .product = product};
    int64_t parts = 1;
    if (vendor_is_better(product, operations)) {
        job.vendor = executor->vendor_matmul;
        // A BLAS library may sum a smaller block in another order: the cut must not depend on the
        // number of threads.
        parts = minimum(VENDOR_PARTS, 1 + (int64_t)(operations / VENDOR_PART_OPERATIONS));
    } else if (product->batch < 2 * threads && threads > 1) {
        parts = (2 * threads + product->batch - 1) / product->batch;
    }
    const bool alone = threads == 1 || operations * (double)product->batch < PARALLEL_OPERATIONS;
    if (alone && !job.vendor) parts = 1;
    job.grid = choose_grid(product, parts);
    const int64_t tasks = product->batch * job.grid.down * job.grid.across;
    if (alone) {
        for (int64_t task = 0; task < tasks; task++) matmul_task(&job, task, 0);
    } else {
        tandem_thread_pool_run(executor->pool, tasks, matmul_task, &job);
    }
}

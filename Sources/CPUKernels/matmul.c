#include "matmul.h"

#include "kernel_variants.h"
#include "matmul_tiles.h"
#include "vector_math.h"

/// Length of the blocks of k that are summed in one go, and rows and columns of the blocks that stay in the second-level cache.
#define DEPTH_BLOCK 384
#define ROW_BLOCK 192
#define COLUMN_BLOCK 512
/// Products of fewer operations than this run on the caller alone.
#define PARALLEL_OPERATIONS 2e6
/// Below this number of operations the own tiles beat the call overhead of a BLAS library on any machine.
#define VENDOR_OPERATIONS 2e6
/// With at most this many rows a plain right operand is read in place: packing would not pay.
#define ROWS_WITHOUT_PACKING 24

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t rounded_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

size_t tandem_matmul_scratch_bytes(void) {
    return sizeof(float) * DEPTH_BLOCK * (ROW_BLOCK + COLUMN_BLOCK);
}

/// A rectangle of one result matrix.
struct block {
    int64_t batch, first_row, rows, first_column, columns;
};

INLINE FloatVector activated(FloatVector x, int32_t activation) {
    switch (activation) {
    case TANDEM_ACTIVATION_RELU: return select_vector(x < 0.0f, (FloatVector)0.0f, x);
    case TANDEM_ACTIVATION_SIGMOID: return sigmoid_vector(x);
    case TANDEM_ACTIVATION_TANH: return tanh_vector(x);
    case TANDEM_ACTIVATION_GELU: return gelu_vector(x);
    default: return x;
    }
}

INLINE void finish_row_body(float *row, const float *bias, int64_t columns, int32_t activation) {
    for (int64_t column = 0; column < columns; column += LANES) {
        const int64_t valid = minimum(LANES, columns - column);
        if (valid == LANES) {
            FloatVector value = load_vector(row + column);
            if (bias) value += load_vector(bias + column);
            store_vector(row + column, activated(value, activation));
        } else {
            FloatVector value = load_partial(row + column, valid, 0.0f);
            if (bias) value += load_partial(bias + column, valid, 0.0f);
            store_partial(row + column, activated(value, activation), valid);
        }
    }
}

void tandem_finish_row(float *row, const float *bias, int64_t columns, int32_t activation);

TANDEM_DEFINE_KERNEL(
    finish_row, (float *row, const float *bias, int64_t columns, int32_t activation),
    (row, bias, columns, activation))

/// Adds the bias and applies the activation to a finished block.
static void finish_block(const tandem_matmul_arguments *p, const struct block *block) {
    if (!p->bias && p->activation == TANDEM_ACTIVATION_IDENTITY) return;
    float *row = p->output + block->batch * p->output_batch_stride
        + block->first_row * p->output_stride + block->first_column;
    const float *bias = p->bias ? p->bias + block->first_column : NULL;
    for (int64_t i = 0; i < block->rows; i++, row += p->output_stride) {
        tandem_finish_row(row, bias, block->columns, p->activation);
    }
}

/// The operands of one block of the result for one block of k.
struct step {
    const float *left, *right;
    int64_t depth;
    float *output;
    float beta;
};

/// Copies the first `rows` rows of a transposed left operand tile by tile: each tile is `[depth][tile rows]`. The source is read along its
/// rows, because its columns often lie a power of two apart and would evict each other from the cache.
static void pack_left(
    const float *source, int64_t stride, int64_t rows, int64_t depth, int64_t tile_rows, float *packed)
{
    const int64_t whole = rows / tile_rows * tile_rows;
    for (int64_t k = 0; k < depth; k++, source += stride) {
        float *destination = packed + k * tile_rows;
        for (int64_t first = 0; first < whole; first += tile_rows, destination += depth * tile_rows) {
            if (tile_rows == MAXIMUM_TILE_ROWS) {
                memcpy(destination, source + first, sizeof(float) * MAXIMUM_TILE_ROWS);
            } else {
                for (int64_t i = 0; i < tile_rows; i++) destination[i] = source[first + i];
            }
        }
        float *last = packed + whole * depth + k * (rows - whole);
        for (int64_t i = whole; i < rows; i++) last[i - whole] = source[i];
    }
}

/// Multiplies up to ROW_BLOCK rows with all panels of a column block.
static void multiply_rows(
    const tandem_matmul_arguments *p, const struct step *step, int64_t first_row, int64_t rows,
    int64_t columns, bool right_in_place, const float *panels, float *packed_left)
{
    const int64_t tile_rows = matmul_even_tile_rows(rows);
    const float *left = step->left + (p->transpose_left ? first_row : first_row * p->left_stride);
    if (p->transpose_left) {
        pack_left(left, p->left_stride, rows, step->depth, tile_rows, packed_left);
    }
    for (int64_t column = 0; column < columns; column += PANEL_COLUMNS) {
        const bool in_place = right_in_place && columns - column >= PANEL_COLUMNS;
        struct matmul_tile tile = {
            .right = in_place ? step->right + column : panels + column * step->depth,
            .right_depth = in_place ? p->right_stride : PANEL_COLUMNS,
            .depth = step->depth,
            .output_stride = p->output_stride,
            .columns = minimum(PANEL_COLUMNS, columns - column),
            .alpha = p->alpha,
            .beta = step->beta,
        };
        for (int64_t row = 0; row < rows; row += tile_rows) {
            const int64_t count = minimum(tile_rows, rows - row);
            tile.left = p->transpose_left ? packed_left + row * step->depth : left + row * p->left_stride;
            tile.left_row = p->transpose_left ? 1 : p->left_stride;
            tile.left_depth = p->transpose_left ? count : 1;
            tile.output = step->output + (first_row + row) * p->output_stride + column;
            matmul_tile(&tile, count);
        }
    }
}

/// Packs the panels of a column block: all of them, or only the narrow last one.
static void pack_right(
    const tandem_matmul_arguments *p, const struct step *step, int64_t columns, bool only_last,
    float *panels)
{
    const int64_t first = only_last ? columns / PANEL_COLUMNS * PANEL_COLUMNS : 0;
    for (int64_t column = first; column < columns; column += PANEL_COLUMNS) {
        const int64_t count = minimum(PANEL_COLUMNS, columns - column);
        float *panel = panels + column * step->depth;
        if (p->transpose_right) {
            tandem_pack_columns(
                step->right + column * p->right_stride, p->right_stride, step->depth, count,
                panel, PANEL_COLUMNS);
        } else {
            tandem_pack_rows(step->right + column, p->right_stride, step->depth, count, panel);
        }
    }
}

/// Multiplies a block with the own tiles: blocks of columns, then of k, then of rows, as in the BLIS scheme.
static void multiply_block(
    const tandem_matmul_arguments *p, const struct block *block, float *scratch)
{
    float *packed_left = scratch, *panels = scratch + DEPTH_BLOCK * ROW_BLOCK;
    const bool in_place = !p->transpose_right && block->rows <= ROWS_WITHOUT_PACKING;
    const float *left = p->left + block->batch * p->left_batch_stride;
    const float *right = p->right + block->batch * p->right_batch_stride;
    float *output = p->output + block->batch * p->output_batch_stride;
    left += p->transpose_left ? block->first_row : block->first_row * p->left_stride;
    output += block->first_row * p->output_stride;
    for (int64_t c = 0; c < block->columns; c += COLUMN_BLOCK) {
        const int64_t columns = minimum(COLUMN_BLOCK, block->columns - c);
        const int64_t column = block->first_column + c;
        for (int64_t k = 0; k < p->k || k == 0; k += DEPTH_BLOCK) {
            const struct step step = {
                .left = left + (p->transpose_left ? k * p->left_stride : k),
                .right = right
                    + (p->transpose_right ? column * p->right_stride + k : k * p->right_stride + column),
                .depth = minimum(DEPTH_BLOCK, p->k - k),
                .output = output + column,
                .beta = k == 0 ? p->beta : 1.0f,
            };
            pack_right(p, &step, columns, in_place, panels);
            for (int64_t row = 0; row < block->rows; row += ROW_BLOCK) {
                multiply_rows(
                    p, &step, row, minimum(ROW_BLOCK, block->rows - row), columns, in_place,
                    panels, packed_left);
            }
        }
    }
}

static void multiply_with_vendor(
    tandem_vendor_matmul vendor, const tandem_matmul_arguments *p, const struct block *block)
{
    const float *left = p->left + block->batch * p->left_batch_stride
        + (p->transpose_left ? block->first_row : block->first_row * p->left_stride);
    const float *right = p->right + block->batch * p->right_batch_stride
        + (p->transpose_right ? block->first_column * p->right_stride : block->first_column);
    float *output = p->output + block->batch * p->output_batch_stride
        + block->first_row * p->output_stride + block->first_column;
    vendor(
        p->transpose_left, p->transpose_right, (int32_t)block->rows, (int32_t)block->columns,
        (int32_t)p->k, p->alpha, left, (int32_t)p->left_stride, right, (int32_t)p->right_stride,
        p->beta, output, (int32_t)p->output_stride);
}

/// How a result matrix is cut: `down * across` blocks of `rows` x `columns` (the last ones may be smaller).
struct grid {
    int64_t down, across, rows, columns;
};

/// The cut into about `parts` blocks with the least packing and the least padding at the edges.
static struct grid choose_grid(const tandem_matmul_arguments *p, int64_t parts) {
    struct grid best = {1, 1, p->m, p->n};
    double best_cost = -1;
    for (int64_t wanted = 1; wanted <= parts; wanted++) {
        struct grid grid;
        grid.rows = minimum(p->m, rounded_up((p->m + wanted - 1) / wanted, 4));
        grid.down = (p->m + grid.rows - 1) / grid.rows;
        const int64_t across = (parts + grid.down - 1) / grid.down;
        grid.columns = minimum(p->n, rounded_up((p->n + across - 1) / across, PANEL_COLUMNS));
        grid.across = (p->n + grid.columns - 1) / grid.columns;
        // Operations of the largest block (all parts take as long as it), plus packing, in the same unit.
        const double rounds = (double)((grid.down * grid.across + parts - 1) / parts);
        const double work = rounds * (double)grid.rows * (double)rounded_up(grid.columns, PANEL_COLUMNS);
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
    } else {
        multiply_block(p, &block, tandem_thread_pool_scratch(job->executor->pool, worker));
    }
    finish_block(p, &block);
}

void tandem_matmul(const tandem_executor *executor, const tandem_matmul_arguments *product) {
    if (product->m == 0 || product->n == 0 || product->batch == 0) return;
    const double operations = 2.0 * (double)product->m * (double)product->n * (double)product->k;
    struct matmul_job job = {
        .executor = executor,
        .product = product,
        .grid = {1, 1, product->m, product->n},
    };
    // OpenBLAS chooses its kernels by the model of the processor and falls back to AVX2 on models newer than itself; with
    // AVX-512 the own tiles are never slower and often twice as fast.
    if (operations >= VENDOR_OPERATIONS && tandem_current_instruction_set() != TANDEM_AVX512) {
        job.vendor = executor->vendor_matmul;
    }
    const int64_t threads = tandem_thread_pool_size(executor->pool);
    if (operations * (double)product->batch < PARALLEL_OPERATIONS || threads == 1) {
        for (int64_t batch = 0; batch < product->batch; batch++) matmul_task(&job, batch, 0);
        return;
    }
    if (product->batch < 2 * threads) {
        job.grid = choose_grid(product, (2 * threads + product->batch - 1) / product->batch);
    }
    tandem_thread_pool_run(
        executor->pool, product->batch * job.grid.down * job.grid.across, matmul_task, &job);
}

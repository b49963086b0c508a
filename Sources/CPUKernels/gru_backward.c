#include "gru.h"
#include "gru_shared.h"
#include "kernel_variants.h"
#include "matmul_tiles.h"
#include "reductions.h"

/// The gradients of one row are kept as dr, dz, dn, dq: the first three are those of the input
/// product, dr, dz and dq those of the recurrent product.
#define KINDS 4

/// The gates of one row at one time step; all arrays at unit 0.
struct gru_gate_gradient {
    const float *reserve; // r, z, n, q [4H]
    const float *previous; // h of the step before [H], NULL for zeros
    const float *output_gradient; // [H]
    float *carried; // gradient that came back through time [H]; becomes its share that passes
                    // through z
    float *gradients; // dr, dz, dn, dq [4H]
    int64_t hidden;
};

INLINE void gate_gradient_vector(
    FloatVector *result, FloatVector r, FloatVector z, FloatVector n, FloatVector q,
    FloatVector previous, FloatVector g) {
    const FloatVector new_gradient = g * (1.0f - z) * (1.0f - n * n);
    result[0] = new_gradient * q * r * (1.0f - r);
    result[1] = g * (previous - n) * z * (1.0f - z);
    result[2] = new_gradient;
    result[3] = new_gradient * r;
    result[4] = g * z;
}

void tandem_gru_gate_gradients(const struct gru_gate_gradient *row);

INLINE void gru_gate_gradients_body(const struct gru_gate_gradient *row) {
    const int64_t hidden = row->hidden;
    for (int64_t unit = 0; unit < hidden; unit += LANES) {
        const int64_t rest = hidden - unit;
        const float *reserve = row->reserve + unit;
        const FloatVector previous =
            row->previous ? load_some(row->previous + unit, rest, 0.0f) : (FloatVector)0.0f;
        const FloatVector g = load_some(row->output_gradient + unit, rest, 0.0f)
                              + load_some(row->carried + unit, rest, 0.0f);
        FloatVector result[KINDS + 1];
        gate_gradient_vector(
            result, load_some(reserve, rest, 0.0f), load_some(reserve + hidden, rest, 0.0f),
            load_some(reserve + 2 * hidden, rest, 0.0f),
            load_some(reserve + 3 * hidden, rest, 0.0f), previous, g);
        UNROLL
        for (int kind = 0; kind < KINDS; kind++) {
            store_some(row->gradients + kind * hidden + unit, result[kind], rest);
        }
        store_some(row->carried + unit, result[KINDS], rest);
    }
}

TANDEM_DEFINE_KERNEL(gru_gate_gradients, (const struct gru_gate_gradient *row), (row))

/// One backward pass, and the stretch of time that is being worked on.
struct gru_backward_job {
    tandem_gru_shape shape;
    const tandem_gru_backward_arguments *arguments;
    float *panels; // packed recurrent weights [panels][3H][32]
    float *carried; // [B, H]
    float *gradients; // [steps of a stretch, B, 4H]
    int64_t first_step, steps, rows_per_task;
};

static int64_t panel_floats(tandem_gru_shape shape) {
    return group_count(shape.hidden, PANEL_COLUMNS) * 3 * shape.hidden * PANEL_COLUMNS;
}

int64_t tandem_gru_backward_workspace(tandem_gru_shape shape) {
    const int64_t row = KINDS * shape.hidden;
    return panel_floats(shape) + gru_aligned(shape.batch * shape.hidden)
           + gru_aligned(gru_steps_per_chunk(shape, row) * shape.batch * row);
}

static void pack_panel(void *context, int64_t index, int32_t worker) {
    (void)worker;
    const struct gru_backward_job *job = context;
    const int64_t hidden = job->shape.hidden, unit = index * PANEL_COLUMNS;
    tandem_pack_rows(
        job->arguments->hidden_weight + unit, hidden, 3 * hidden,
        minimum(PANEL_COLUMNS, hidden - unit), job->panels + unit * 3 * hidden);
}

/// State before time `time` `[B, H]`, or NULL when it is all zeros.
static const float *state_before(const struct gru_backward_job *job, int64_t time) {
    if (time == 0) return job->arguments->initial_state;
    return job->arguments->output + (time - 1) * job->shape.batch * job->shape.hidden;
}

/// `carried += (dr, dz, dq) W_hh` for `count` rows. dr and dz stand together, dq apart, hence two
/// products per tile.
static void carry_back(
    const struct gru_backward_job *job, const float *gradients, int64_t first, int64_t count) {
    const int64_t hidden = job->shape.hidden, rows = matmul_even_tile_rows(count);
    for (int64_t unit = 0; unit < hidden; unit += PANEL_COLUMNS) {
        const float *panel = job->panels + unit * 3 * hidden;
        for (int64_t row = 0; row < count; row += rows) {
            struct matmul_tile tile = {
                .left = gradients + row * KINDS * hidden,
                .left_row = KINDS * hidden,
                .left_depth = 1,
                .right = panel,
                .right_depth = PANEL_COLUMNS,
                .depth = 2 * hidden,
                .output = job->carried + (first + row) * hidden + unit,
                .output_stride = hidden,
                .columns = minimum(PANEL_COLUMNS, hidden - unit),
                .result = {.alpha = 1.0f, .beta = 1.0f},
            };
            matmul_tile(&tile, minimum(rows, count - row));
            tile.left += 3 * hidden;
            tile.right = panel + 2 * hidden * PANEL_COLUMNS;
            tile.depth = hidden;
            matmul_tile(&tile, minimum(rows, count - row));
        }
    }
}

static void gru_backward_rows(void *context, int64_t index, int32_t worker) {
    (void)worker;
    const struct gru_backward_job *job = context;
    const tandem_gru_backward_arguments *a = job->arguments;
    const int64_t hidden = job->shape.hidden, batch = job->shape.batch;
    const int64_t first = index * job->rows_per_task;
    const int64_t count = minimum(job->rows_per_task, batch - first);
    for (int64_t time = job->first_step + job->steps - 1; time >= job->first_step; time--) {
        const float *before = state_before(job, time);
        float *gradients =
            job->gradients + ((time - job->first_step) * batch + first) * KINDS * hidden;
        for (int64_t row = 0; row < count; row++) {
            const int64_t place = time * batch + first + row;
            const struct gru_gate_gradient gates = {
                .reserve = a->reserve + place * KINDS * hidden,
                .previous = before ? before + (first + row) * hidden : NULL,
                .output_gradient = a->output_gradient + place * hidden,
                .carried = job->carried + (first + row) * hidden,
                .gradients = gradients + row * KINDS * hidden,
                .hidden = hidden,
            };
            tandem_gru_gate_gradients(&gates);
        }
        if (time > 0 || a->initial_state_gradient) carry_back(job, gradients, first, count);
    }
}

/// `weight_gradient += gradients^T * values` over `rows` rows; `first_kind` and `kinds` select
/// columns of the gradients.
static void add_weight_gradient(
    const tandem_executor *executor, const struct gru_backward_job *job, int64_t first_row,
    int64_t rows, int64_t first_kind, int64_t kinds, const float *values, int64_t columns,
    float *weight_gradient) {
    const int64_t hidden = job->shape.hidden;
    const tandem_matmul_arguments product = {
        .m = kinds * hidden,
        .n = columns,
        .k = rows,
        .left = job->gradients + first_row * KINDS * hidden + first_kind * hidden,
        .left_stride = KINDS * hidden,
        .transpose_left = true,
        .right = values,
        .right_stride = columns,
        .output = weight_gradient,
        .output_stride = columns,
        .batch = 1,
        .alpha = 1.0f,
        .beta = 1.0f,
    };
    tandem_matmul(executor, &product);
}

/// Adds the products with the states before `steps` steps from `first_step` on, which stand at
/// `states`, to the gradient of W_hh.
static void add_hidden_weight_gradient(
    const tandem_executor *executor, const struct gru_backward_job *job, int64_t first_step,
    int64_t steps, const float *states) {
    const int64_t hidden = job->shape.hidden, batch = job->shape.batch;
    const int64_t first_row = (first_step - job->first_step) * batch;
    float *gradient = job->arguments->hidden_weight_gradient;
    add_weight_gradient(executor, job, first_row, steps * batch, 0, 2, states, hidden, gradient);
    add_weight_gradient(
        executor, job, first_row, steps * batch, 3, 1, states, hidden,
        gradient + 2 * hidden * hidden);
}

static void add_weight_gradients(
    const tandem_executor *executor, const struct gru_backward_job *job) {
    const tandem_gru_backward_arguments *a = job->arguments;
    const int64_t input = job->shape.input, batch = job->shape.batch;
    add_weight_gradient(
        executor, job, 0, job->steps * batch, 0, 3, a->input + job->first_step * batch * input,
        input, a->input_weight_gradient);
    int64_t first = job->first_step, steps = job->steps;
    if (first == 0) {
        if (a->initial_state) add_hidden_weight_gradient(executor, job, 0, 1, a->initial_state);
        first += 1;
        steps -= 1;
    }
    if (steps > 0)
        add_hidden_weight_gradient(executor, job, first, steps, state_before(job, first));
}

/// Columns of the gradients whose sums one task adds to the bias gradients.
#define BIAS_COLUMNS 64

static void add_bias_gradients(void *context, int64_t index, int32_t worker) {
    (void)worker;
    const struct gru_backward_job *job = context;
    const int64_t hidden = job->shape.hidden, first = index * BIAS_COLUMNS;
    const int64_t columns = minimum(BIAS_COLUMNS, KINDS * hidden - first);
    float sums[BIAS_COLUMNS];
    tandem_reduce_columns(
        TANDEM_REDUCE_SUM, job->gradients + first, KINDS * hidden, job->steps * job->shape.batch,
        columns, sums, 1.0f, 0);
    for (int64_t i = 0; i < columns; i++) {
        const int64_t column = first + i;
        if (column < 3 * hidden) job->arguments->input_bias_gradient[column] += sums[i];
        if (column < 2 * hidden) job->arguments->hidden_bias_gradient[column] += sums[i];
        if (column >= 3 * hidden) job->arguments->hidden_bias_gradient[column - hidden] += sums[i];
    }
}

/// `dX = (dr, dz, dn) W_ih` for the stretch of time.
static void multiply_input_gradient(
    const tandem_executor *executor, const struct gru_backward_job *job) {
    const int64_t input = job->shape.input, batch = job->shape.batch;
    const tandem_matmul_arguments product = {
        .m = job->steps * batch,
        .n = input,
        .k = 3 * job->shape.hidden,
        .left = job->gradients,
        .left_stride = KINDS * job->shape.hidden,
        .right = job->arguments->input_weight,
        .right_stride = input,
        .output = job->arguments->input_gradient + job->first_step * batch * input,
        .output_stride = input,
        .batch = 1,
        .alpha = 1.0f,
    };
    tandem_matmul(executor, &product);
}

void tandem_gru_backward(
    const tandem_executor *executor, tandem_gru_shape shape,
    const tandem_gru_backward_arguments *arguments, float *workspace) {
    const int64_t states = shape.batch * shape.hidden;
    const int64_t chunk = gru_steps_per_chunk(shape, KINDS * shape.hidden);
    struct gru_backward_job job = {
        .shape = shape,
        .arguments = arguments,
        .panels = workspace,
        .carried = workspace + panel_floats(shape),
        .gradients = workspace + panel_floats(shape) + gru_aligned(states),
        .rows_per_task = gru_rows_per_task(executor, shape),
    };
    const double weights = 3 * (double)shape.hidden * (double)shape.hidden;
    gru_run(executor, 8 * weights, group_count(shape.hidden, PANEL_COLUMNS), pack_panel, &job);
    memset(job.carried, 0, sizeof(float) * (size_t)states);
    for (int64_t end = shape.steps; end > 0; end = job.first_step) {
        job.steps = minimum(chunk, end);
        job.first_step = end - job.steps;
        const double rows = (double)(job.steps * shape.batch);
        gru_run(
            executor, 2 * weights * rows, group_count(shape.batch, job.rows_per_task),
            gru_backward_rows, &job);
        add_weight_gradients(executor, &job);
        gru_run(
            executor, 8 * rows * (double)shape.hidden,
            group_count(KINDS * shape.hidden, BIAS_COLUMNS), add_bias_gradients, &job);
        if (arguments->input_gradient) multiply_input_gradient(executor, &job);
    }
    if (arguments->initial_state_gradient) {
        memcpy(arguments->initial_state_gradient, job.carried, sizeof(float) * (size_t)states);
    }
}

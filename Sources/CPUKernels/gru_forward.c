#include "gru.h"
#include "gru_shared.h"
#include "kernel_variants.h"
#include "matmul_tiles.h"
#include "vector_math.h"

/// Sixteen hidden units with their three gates stand side by side in a panel of packed recurrent
/// weights: r, z, n.
#define GATES 3
#define PANEL_WIDTH (GATES * LANES)
#define MAXIMUM_STEP_ROWS 8

/// Up to eight rows of the batch meet sixteen hidden units at one time step.
struct gru_step {
    const float *previous; // h of the step before [rows, H], NULL for zeros
    const float *panel; // packed recurrent weights [H][48]
    const float *input_gates; // input product with biases [rows, 3H], at the first unit
    const float *new_bias; // b_hn, at the first unit
    float *output; // [rows, H], at the first unit
    float *reserve; // [rows, 4H], at the first unit, or NULL
    int64_t hidden, first_unit, units;
};

/// The recurrent product of `rows` rows with one panel; `result [rows][3]`. Machines with few
/// registers take one gate after the other, so that more rows share each weight they load.
INLINE void gru_product(
    const struct gru_step *step, FloatVector (*result)[GATES], const int rows,
    const int gates_at_once) {
    const int64_t hidden = step->previous ? step->hidden : 0;
    UNROLL
    for (int first = 0; first < GATES; first += gates_at_once) {
        FloatVector sums[MAXIMUM_STEP_ROWS][GATES];
        UNROLL
        for (int row = 0; row < rows; row++) {
            UNROLL
            for (int gate = 0; gate < gates_at_once; gate++) sums[row][gate] = 0.0f;
        }
        const float *weights = step->panel + first * LANES;
        for (int64_t k = 0; k < hidden; k++, weights += PANEL_WIDTH) {
            FloatVector columns[GATES];
            UNROLL
            for (int gate = 0; gate < gates_at_once; gate++)
                columns[gate] = load_vector(weights + gate * LANES);
            UNROLL
            for (int row = 0; row < rows; row++) {
                const FloatVector factor = step->previous[row * hidden + k];
                UNROLL
                for (int gate = 0; gate < gates_at_once; gate++)
                    sums[row][gate] += factor * columns[gate];
            }
        }
        UNROLL
        for (int row = 0; row < rows; row++) {
            UNROLL
            for (int gate = 0; gate < gates_at_once; gate++)
                result[row][first + gate] = sums[row][gate];
        }
    }
}

/// Applies the gates to one row.
INLINE void gru_gates(const struct gru_step *step, const FloatVector *sums, int64_t row) {
    const int64_t hidden = step->hidden, units = step->units;
    const float *gates = step->input_gates + row * GATES * hidden;
    const FloatVector r = gate_vector(load_some(gates, units, 0.0f) + sums[0]);
    const FloatVector z = gate_vector(load_some(gates + hidden, units, 0.0f) + sums[1]);
    const FloatVector q = sums[2] + load_some(step->new_bias, units, 0.0f);
    const FloatVector n = tanh_vector(load_some(gates + 2 * hidden, units, 0.0f) + r * q);
    const FloatVector previous =
        step->previous ? load_some(step->previous + row * hidden + step->first_unit, units, 0.0f)
                       : (FloatVector)0.0f;
    store_some(step->output + row * hidden, n + z * (previous - n), units);
    if (!step->reserve) return;
    float *reserve = step->reserve + row * 4 * hidden;
    store_some(reserve, r, units);
    store_some(reserve + hidden, z, units);
    store_some(reserve + 2 * hidden, n, units);
    store_some(reserve + 3 * hidden, q, units);
}

INLINE void gru_step_body(const struct gru_step *step, const int rows, const int gates_at_once) {
    FloatVector sums[MAXIMUM_STEP_ROWS][GATES];
    gru_product(step, sums, rows, gates_at_once);
    for (int row = 0; row < rows; row++) gru_gates(step, sums[row], row);
}

typedef void (*gru_step_function)(const struct gru_step *);

#define DEFINE_STEP(name, attributes, rows, gates_at_once) \
    attributes static void gru_step_##name##_##rows(const struct gru_step *step) { \
        gru_step_body(step, rows, gates_at_once); \
    }
#define DEFINE_STEPS(name, attributes, gates_at_once) \
    DEFINE_STEP(name, attributes, 1, gates_at_once) \
    DEFINE_STEP(name, attributes, 2, gates_at_once) \
    DEFINE_STEP(name, attributes, 3, gates_at_once) \
    DEFINE_STEP(name, attributes, 4, gates_at_once) \
    DEFINE_STEP(name, attributes, 5, gates_at_once) \
    DEFINE_STEP(name, attributes, 6, gates_at_once)
#define LIST_STEPS(name) \
    gru_step_##name##_1, gru_step_##name##_2, gru_step_##name##_3, gru_step_##name##_4, \
        gru_step_##name##_5, gru_step_##name##_6

#if defined(__x86_64__)
DEFINE_STEPS(avx512, TANDEM_TARGET_AVX512, 3)
DEFINE_STEP(avx512, TANDEM_TARGET_AVX512, 7, 3)
DEFINE_STEP(avx512, TANDEM_TARGET_AVX512, 8, 3)
DEFINE_STEPS(avx2, TANDEM_TARGET_AVX2, 1)
static const gru_step_function steps_avx512[] = {
    LIST_STEPS(avx512), gru_step_avx512_7, gru_step_avx512_8};
static const gru_step_function steps_avx2[] = {LIST_STEPS(avx2)};
#endif
DEFINE_STEPS(portable, , 1)
static const gru_step_function steps_portable[] = {LIST_STEPS(portable)};

/// Step functions for 1, 2, ... rows.
struct gru_step_table {
    const gru_step_function *functions;
    int64_t largest;
};

static struct gru_step_table gru_step_table(void) {
    switch (tandem_current_instruction_set()) {
#if defined(__x86_64__)
    case TANDEM_AVX512: return (struct gru_step_table){steps_avx512, 8};
    case TANDEM_AVX2: return (struct gru_step_table){steps_avx2, 6};
#endif
    default: return (struct gru_step_table){steps_portable, 6};
    }
}

/// One forward pass, and the stretch of time that is being worked on.
struct gru_forward_job {
    tandem_gru_shape shape;
    const tandem_gru_forward_arguments *arguments;
    struct gru_step_table table;
    float *panels; // [panels][H][48]
    float *bias; // [3H]: b_ih, with b_hh added where it can be
    float *gates; // [steps of a stretch, B, 3H]
    int64_t first_step, steps, rows_per_task;
};

static int64_t panel_floats(tandem_gru_shape shape) {
    return group_count(shape.hidden, LANES) * shape.hidden * PANEL_WIDTH;
}

int64_t tandem_gru_forward_workspace(tandem_gru_shape shape) {
    const int64_t row = GATES * shape.hidden;
    return panel_floats(shape) + gru_aligned(row)
           + gru_aligned(gru_steps_per_chunk(shape, row) * shape.batch * row);
}

static void pack_panel(void *context, int64_t index, int32_t worker) {
    (void)worker;
    const struct gru_forward_job *job = context;
    const int64_t hidden = job->shape.hidden, unit = index * LANES;
    float *panel = job->panels + index * hidden * PANEL_WIDTH;
    for (int64_t gate = 0; gate < GATES; gate++) {
        tandem_pack_columns(
            job->arguments->hidden_weight + (gate * hidden + unit) * hidden, hidden, hidden,
            minimum(LANES, hidden - unit), panel + gate * LANES, PANEL_WIDTH);
    }
}

/// All hidden units of the rows `first..<first + count` at time `time`.
static void gru_forward_time(
    const struct gru_forward_job *job, int64_t time, int64_t first, int64_t count) {
    const tandem_gru_forward_arguments *a = job->arguments;
    const int64_t hidden = job->shape.hidden, batch = job->shape.batch;
    const float *before = time == 0 ? a->initial_state : a->output + (time - 1) * batch * hidden;
    const int64_t gates_row = (time - job->first_step) * batch, row_of_time = time * batch;
    const int64_t tiles = group_count(count, job->table.largest), rows = group_count(count, tiles);
    for (int64_t unit = 0; unit < hidden; unit += LANES) {
        for (int64_t row = first; row < first + count; row += rows) {
            const struct gru_step step = {
                .previous = before ? before + row * hidden : NULL,
                .panel = job->panels + unit * hidden * GATES,
                .input_gates = job->gates + (gates_row + row) * GATES * hidden + unit,
                .new_bias = a->hidden_bias + 2 * hidden + unit,
                .output = a->output + (row_of_time + row) * hidden + unit,
                .reserve = a->reserve ? a->reserve + (row_of_time + row) * 4 * hidden + unit : NULL,
                .hidden = hidden,
                .first_unit = unit,
                .units = hidden - unit,
            };
            job->table.functions[minimum(rows, first + count - row) - 1](&step);
        }
    }
}

static void gru_forward_rows(void *context, int64_t index, int32_t worker) {
    (void)worker;
    const struct gru_forward_job *job = context;
    const int64_t first = index * job->rows_per_task;
    const int64_t count = minimum(job->rows_per_task, job->shape.batch - first);
    for (int64_t time = job->first_step; time < job->first_step + job->steps; time++) {
        gru_forward_time(job, time, first, count);
    }
}

/// The input product of a stretch of time: `gates = x W_ih^T + bias`.
static void multiply_input(const tandem_executor *executor, const struct gru_forward_job *job) {
    const int64_t rows_before = job->first_step * job->shape.batch;
    const tandem_matmul_arguments product = {
        .m = job->steps * job->shape.batch,
        .n = GATES * job->shape.hidden,
        .k = job->shape.input,
        .left = job->arguments->input + rows_before * job->shape.input,
        .left_stride = job->shape.input,
        .right = job->arguments->input_weight,
        .right_stride = job->shape.input,
        .transpose_right = true,
        .output = job->gates,
        .output_stride = GATES * job->shape.hidden,
        .batch = 1,
        .alpha = 1.0f,
        .bias = job->bias,
    };
    tandem_matmul(executor, &product);
}

void tandem_gru_forward(
    const tandem_executor *executor, tandem_gru_shape shape,
    const tandem_gru_forward_arguments *arguments, float *workspace) {
    const int64_t row = GATES * shape.hidden, chunk = gru_steps_per_chunk(shape, row);
    struct gru_forward_job job = {
        .shape = shape,
        .arguments = arguments,
        .table = gru_step_table(),
        .panels = workspace,
        .bias = workspace + panel_floats(shape),
        .gates = workspace + panel_floats(shape) + gru_aligned(row),
        .rows_per_task = gru_rows_per_task(executor, shape),
    };
    for (int64_t i = 0; i < row; i++) {
        job.bias[i] =
            arguments->input_bias[i] + (i < 2 * shape.hidden ? arguments->hidden_bias[i] : 0.0f);
    }
    const double weights = (double)row * (double)shape.hidden;
    gru_run(executor, 8 * weights, group_count(shape.hidden, LANES), pack_panel, &job);
    for (; job.first_step < shape.steps; job.first_step += chunk) {
        job.steps = minimum(chunk, shape.steps - job.first_step);
        multiply_input(executor, &job);
        gru_run(
            executor, 2 * weights * (double)(job.steps * shape.batch),
            group_count(shape.batch, job.rows_per_task), gru_forward_rows, &job);
    }
}

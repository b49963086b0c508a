#include "matmul_tiles.h"

#include "kernel_variants.h"
#include "simd.h"
#include "sizes.h"
#include "transpose_16.h"

/// Adds one row of a finished tile to the output.
INLINE void store_row(
    const struct matmul_tile *tile, int64_t row, const FloatVector *sums, const int vectors) {
    float *output = tile->output + row * tile->output_stride;
    if (tile->columns >= vectors * LANES) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            FloatVector value = tile->alpha * sums[v];
            if (tile->beta != 0.0f) value += tile->beta * load_vector(output + v * LANES);
            store_vector(output + v * LANES, value);
        }
        return;
    }
    float lanes[PANEL_COLUMNS];
    UNROLL
    for (int v = 0; v < vectors; v++) store_vector(lanes + v * LANES, tile->alpha * sums[v]);
    for (int64_t column = 0; column < tile->columns; column++) {
        output[column] =
            tile->beta != 0.0f ? lanes[column] + tile->beta * output[column] : lanes[column];
    }
}

/// `rows` and `vectors` are compile-time constants after inlining; the sums then live in registers.
INLINE void tile_body(const struct matmul_tile *tile, const int rows, const int vectors) {
    FloatVector sums[MAXIMUM_TILE_ROWS][PANEL_COLUMNS / LANES];
    UNROLL
    for (int row = 0; row < rows; row++) {
        UNROLL
        for (int v = 0; v < vectors; v++) sums[row][v] = 0.0f;
    }
    const float *left = tile->left;
    const float *right = tile->right;
    const int64_t left_row = tile->left_row;
    for (int64_t k = 0; k < tile->depth; k++) {
        FloatVector columns[PANEL_COLUMNS / LANES];
        UNROLL
        for (int v = 0; v < vectors; v++) columns[v] = load_vector(right + v * LANES);
        UNROLL
        for (int row = 0; row < rows; row++) {
            const FloatVector factor = left[row * left_row];
            UNROLL
            for (int v = 0; v < vectors; v++) sums[row][v] += factor * columns[v];
        }
        left += tile->left_depth;
        right += tile->right_depth;
    }
    UNROLL
    for (int row = 0; row < rows; row++) store_row(tile, row, sums[row], vectors);
}

typedef void (*tile_function)(const struct matmul_tile *);

/// Defines the tiles of `rows` rows and 16 or 32 columns for one instruction set.
#define DEFINE_TILE(name, attributes, rows, vectors) \
    attributes static void tile_##name##_##rows##_##vectors(const struct matmul_tile *tile) { \
        tile_body(tile, rows, vectors); \
    }
#define DEFINE_TILES(name, attributes, vectors) \
    DEFINE_TILE(name, attributes, 1, vectors) \
    DEFINE_TILE(name, attributes, 2, vectors) \
    DEFINE_TILE(name, attributes, 3, vectors) \
    DEFINE_TILE(name, attributes, 4, vectors) \
    DEFINE_TILE(name, attributes, 5, vectors) \
    DEFINE_TILE(name, attributes, 6, vectors)
#define DEFINE_TALL_TILES(name, attributes, vectors) \
    DEFINE_TILE(name, attributes, 7, vectors) \
    DEFINE_TILE(name, attributes, 8, vectors) \
    DEFINE_TILE(name, attributes, 9, vectors) \
    DEFINE_TILE(name, attributes, 10, vectors) \
    DEFINE_TILE(name, attributes, 11, vectors) \
    DEFINE_TILE(name, attributes, 12, vectors)
#define LIST_TILES(name, vectors) \
    tile_##name##_1_##vectors, tile_##name##_2_##vectors, tile_##name##_3_##vectors, \
        tile_##name##_4_##vectors, tile_##name##_5_##vectors, tile_##name##_6_##vectors
#define LIST_TALL_TILES(name, vectors) \
    tile_##name##_7_##vectors, tile_##name##_8_##vectors, tile_##name##_9_##vectors, \
        tile_##name##_10_##vectors, tile_##name##_11_##vectors, tile_##name##_12_##vectors

#if defined(__x86_64__)
DEFINE_TILES(avx512, TANDEM_TARGET_AVX512, 1)
DEFINE_TALL_TILES(avx512, TANDEM_TARGET_AVX512, 1)
DEFINE_TILES(avx512, TANDEM_TARGET_AVX512, 2)
DEFINE_TALL_TILES(avx512, TANDEM_TARGET_AVX512, 2)
DEFINE_TILES(avx2, TANDEM_TARGET_AVX2, 1)

static const tile_function narrow_avx512[] = {LIST_TILES(avx512, 1), LIST_TALL_TILES(avx512, 1)};
static const tile_function wide_avx512[] = {LIST_TILES(avx512, 2), LIST_TALL_TILES(avx512, 2)};
static const tile_function narrow_avx2[] = {LIST_TILES(avx2, 1)};
#endif
DEFINE_TILES(portable, , 1)
static const tile_function narrow_portable[] = {LIST_TILES(portable, 1)};

int64_t matmul_tile_rows(void) {
    return tandem_current_instruction_set() == TANDEM_AVX512 ? 12 : 6;
}

int64_t matmul_even_tile_rows(int64_t rows) {
    const int64_t largest = matmul_tile_rows(), tiles = group_count(rows, largest);
    return tiles == 0 ? 1 : group_count(rows, tiles);
}

static void both_halves(const struct matmul_tile *tile, tile_function narrow) {
    narrow(tile);
    if (tile->columns <= LANES) return;
    struct matmul_tile second = *tile;
    second.right += LANES;
    second.output += LANES;
    second.columns -= LANES;
    narrow(&second);
}

void matmul_tile(const struct matmul_tile *tile, int64_t rows) {
    switch (tandem_current_instruction_set()) {
#if defined(__x86_64__)
    case TANDEM_AVX512:
        (tile->columns > LANES ? wide_avx512 : narrow_avx512)[rows - 1](tile);
        break;
    case TANDEM_AVX2: both_halves(tile, narrow_avx2[rows - 1]); break;
#endif
    default: both_halves(tile, narrow_portable[rows - 1]);
    }
}

INLINE void pack_rows_body(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel) {
    if (columns == PANEL_COLUMNS) {
        for (int64_t k = 0; k < depth; k++, source += stride, panel += PANEL_COLUMNS) {
            store_vector(panel, load_vector(source));
            store_vector(panel + LANES, load_vector(source + LANES));
        }
        return;
    }
    for (int64_t k = 0; k < depth; k++, source += stride, panel += PANEL_COLUMNS) {
        for (int64_t column = 0; column < PANEL_COLUMNS; column++) {
            panel[column] = column < columns ? source[column] : 0.0f;
        }
    }
}

TANDEM_DEFINE_KERNEL(
    pack_rows, (const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel),
    (source, stride, depth, columns, panel))

INLINE void pack_columns_body(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
    int64_t panel_stride) {
    for (; columns > 0; columns -= LANES, source += LANES * stride, panel += LANES) {
        int64_t k = 0;
        if (columns >= LANES) {
            for (; k + LANES <= depth; k += LANES) {
                FloatVector rows[LANES];
                UNROLL
                for (int i = 0; i < LANES; i++) rows[i] = load_vector(source + i * stride + k);
                transpose_16(rows);
                UNROLL
                for (int i = 0; i < LANES; i++)
                    store_vector(panel + (k + i) * panel_stride, rows[i]);
            }
        }
        for (; k < depth; k++) {
            float *row = panel + k * panel_stride;
            for (int64_t column = 0; column < LANES; column++) {
                row[column] = column < columns ? source[column * stride + k] : 0.0f;
            }
        }
    }
}

TANDEM_DEFINE_KERNEL(
    pack_columns,
    (const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
     int64_t panel_stride),
    (source, stride, depth, columns, panel, panel_stride))

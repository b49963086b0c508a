#include "matmul_tiles.h"

#include "kernel_variants.h"
#include "sizes.h"
#include "transpose_16.h"

/// Number of elements of vector `v` out of `vectors` (constants after inlining). Only the last one
/// of a tile at the right edge is `partial`.
INLINE int64_t vector_length(
    const struct matmul_tile *tile, const int v, const int vectors, const bool partial) {
    return partial && v + 1 == vectors ? tile->columns - v * LANES : LANES;
}

/// `rows`, `vectors` and `partial` are compile-time constants after inlining; the sums then live in
/// registers.
INLINE void tile_body(
    const struct matmul_tile *tile, const int rows, const int vectors, const bool partial) {
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
        for (int v = 0; v < vectors; v++) {
            columns[v] = load_some(
                right + v * LANES, vector_length(tile, v, vectors, partial), 0.0f);
        }
        UNROLL
        for (int row = 0; row < rows; row++) {
            const FloatVector factor = left[row * left_row];
            UNROLL
            for (int v = 0; v < vectors; v++) sums[row][v] += factor * columns[v];
        }
        left += tile->left_depth;
        right += tile->right_depth;
    }
    FloatVector bias[PANEL_COLUMNS / LANES];
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const int64_t length = vector_length(tile, v, vectors, partial);
        bias[v] = result_bias(&tile->result, v * LANES, length);
    }
    UNROLL
    for (int row = 0; row < rows; row++) {
        float *output = tile->output + row * tile->output_stride;
        UNROLL
        for (int v = 0; v < vectors; v++) {
            store_result(
                &tile->result, sums[row][v], bias[v], output + v * LANES,
                vector_length(tile, v, vectors, partial));
        }
    }
}

typedef void (*tile_function)(const struct matmul_tile *);

/// Defines the tiles of `rows` rows and 16 or 32 columns for one instruction set: whole ones and
/// those at the right edge.
#define DEFINE_TILE(name, attributes, rows, vectors) \
    attributes static void tile_##name##_##rows##_##vectors(const struct matmul_tile *tile) { \
        tile_body(tile, rows, vectors, false); \
    } \
    attributes static void edge_##name##_##rows##_##vectors(const struct matmul_tile *tile) { \
        tile_body(tile, rows, vectors, true); \
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
    name##_1_##vectors, name##_2_##vectors, name##_3_##vectors, name##_4_##vectors, \
        name##_5_##vectors, name##_6_##vectors
#define LIST_TALL_TILES(name, vectors) \
    LIST_TILES(name, vectors), name##_7_##vectors, name##_8_##vectors, name##_9_##vectors, \
        name##_10_##vectors, name##_11_##vectors, name##_12_##vectors

#if defined(__x86_64__)
DEFINE_TILES(avx512, TANDEM_TARGET_AVX512, 1)
DEFINE_TALL_TILES(avx512, TANDEM_TARGET_AVX512, 1)
DEFINE_TILES(avx512, TANDEM_TARGET_AVX512, 2)
DEFINE_TALL_TILES(avx512, TANDEM_TARGET_AVX512, 2)
DEFINE_TILES(avx2, TANDEM_TARGET_AVX2, 1)

/// By whether the tile stands at the right edge, number of vectors, and number of rows.
static const tile_function tiles_avx512[2][2][MAXIMUM_TILE_ROWS] = {
    {{LIST_TALL_TILES(tile_avx512, 1)}, {LIST_TALL_TILES(tile_avx512, 2)}},
    {{LIST_TALL_TILES(edge_avx512, 1)}, {LIST_TALL_TILES(edge_avx512, 2)}}};
static const tile_function tiles_avx2[2][6] = {
    {LIST_TILES(tile_avx2, 1)}, {LIST_TILES(edge_avx2, 1)}};
#endif
DEFINE_TILES(portable, , 1)
static const tile_function tiles_portable[2][6] = {
    {LIST_TILES(tile_portable, 1)}, {LIST_TILES(edge_portable, 1)}};

int64_t matmul_tile_rows(void) {
    return tandem_current_instruction_set() == TANDEM_AVX512 ? 12 : 6;
}

int64_t matmul_even_tile_rows(int64_t rows) {
    const int64_t largest = matmul_tile_rows(), tiles = group_count(rows, largest);
    return tiles == 0 ? 1 : group_count(rows, tiles);
}

/// Computes a tile by one or two of the functions for 16 columns.
static void both_halves(
    const struct matmul_tile *tile, const tile_function tiles[2][6], int64_t rows) {
    if (tile->columns <= LANES) {
        tiles[tile->columns < LANES][rows - 1](tile);
        return;
    }
    tiles[false][rows - 1](tile);
    struct matmul_tile second = *tile;
    second.right += LANES;
    second.output += LANES;
    second.columns -= LANES;
    if (second.result.bias) second.result.bias += LANES;
    tiles[second.columns < LANES][rows - 1](&second);
}

void matmul_tile(const struct matmul_tile *tile, int64_t rows) {
    switch (tandem_current_instruction_set()) {
#if defined(__x86_64__)
    case TANDEM_AVX512:
        tiles_avx512[tile->columns % LANES != 0][tile->columns > LANES][rows - 1](tile);
        break;
    case TANDEM_AVX2: both_halves(tile, tiles_avx2, rows); break;
#endif
    default: both_halves(tile, tiles_portable, rows);
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
        store_vector(panel, load_some(source, columns, 0.0f));
        store_vector(panel + LANES, load_some(source + LANES, columns - LANES, 0.0f));
    }
}

TANDEM_DEFINE_KERNEL(
    pack_rows, (const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel),
    (source, stride, depth, columns, panel))

/// Packs up to 16 rows and columns of a transposed source, padded with zeros.
INLINE void pack_square(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
    int64_t panel_stride) {
    FloatVector rows[LANES];
    UNROLL
    for (int i = 0; i < LANES; i++) {
        rows[i] = i < columns ? load_some(source + i * stride, depth, 0.0f) : (FloatVector)0.0f;
    }
    transpose_16(rows);
    UNROLL
    for (int i = 0; i < LANES; i++) {
        if (i < depth) store_vector(panel + i * panel_stride, rows[i]);
    }
}

INLINE void pack_columns_body(
    const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
    int64_t panel_stride) {
    for (; columns > 0; columns -= LANES, source += LANES * stride, panel += LANES) {
        int64_t k = 0;
        if (columns >= LANES) {
            for (; k + LANES <= depth; k += LANES) {
                pack_square(
                    source + k, stride, LANES, LANES, panel + k * panel_stride, panel_stride);
            }
        }
        for (; k < depth; k += LANES) {
            pack_square(
                source + k, stride, minimum(LANES, depth - k), columns, panel + k * panel_stride,
                panel_stride);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    pack_columns,
    (const float *source, int64_t stride, int64_t depth, int64_t columns, float *panel,
     int64_t panel_stride),
    (source, stride, depth, columns, panel, panel_stride))

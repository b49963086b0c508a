// cpu-like matmul. One work-item owns a block of C and walks it in 8 x 32 tiles that stay in
// registers (16 float16 accumulators); the right-hand matrix is read panel by panel.
//
// The kernel computes  C = act(alpha * left * right + beta * C + bias)  with left [rows][depth] and
// right [depth][columns] described by strides, so that one kernel serves plain, transposed and
// packed operands. Kernels/README.md says which strides to pass for which product.
//
// Arguments (local size 1,1,1):
//     0, 1    C                float in/out, element offset; row-major, contiguous
//     2, 3    left             float in, element offset
//     4, 5    right            float in, element offset
//     6, 7    bias             float in (null when hasBias is 0), element offset
//     8..10   rows, columns, depth                                  uint (depth may be 0)
//     11      leftTileStride   ulong, elements from one group of 8 rows to the next
//     12      leftRowStride    ulong, elements from one row to the next inside such a group
//     13      leftDepthStride  ulong, elements from one depth step to the next
//     14      rightPanelStride ulong, elements from one group of 32 columns to the next
//     15      rightDepthStride ulong; every depth step holds 32 readable floats per panel, but where the
//             stride is `columns` (at least 32): there the last panel begins at `columns - 32`
//     16..18  leftBatchStride, rightBatchStride, outputBatchStride  ulong
//     19..21  blockRows (multiple of 8), blockColumns (multiple of 32), blockDepth  uint, >= 1
//     22, 23  alpha, beta      float; with beta == 0 C is never read
//     24      hasBias          uint, 0 or 1; bias[j] belongs to column j of C
//     25      activation       uint, ACTIVATION_*
//     26      turned           uint; 0: C is [rows][columns]. 1: the tile is stored transposed, so
//                              C is [columns][rows] and bias has `rows` elements
// Global size: { ceil(rows / blockRows), ceil(columns / blockColumns), batch }.
// Each element is summed in one fixed order: ascending depth, in chunks of blockDepth.

#define TILE_ROWS 8
#define TILE_COLUMNS 32

DEFINE_ACTIVATIONS(float8, Float8)

typedef struct {
    float alpha, beta;
    uint accumulate, finish, hasBias, activation;
} Epilogue;

// The element-wise end of the product, for a vector width told by the type suffix. With
// `accumulate` C already holds the sum over the earlier depth chunks.
#define DEFINE_FINISH(T, S, load, store)                                                           \
    static void finish##S(                                                                         \
        T sum, __global float *C, __global const float *bias, const Epilogue *epilogue) {          \
        T value = epilogue->alpha * sum;                                                           \
        if (epilogue->accumulate) value += load(C);                                                \
        else if (epilogue->beta != 0.0f) value = fma((T)(epilogue->beta), load(C), value);         \
        if (epilogue->finish) {                                                                    \
            if (epilogue->hasBias) value += load(bias);                                            \
            value = activate##S(value, epilogue->activation);                                      \
        }                                                                                          \
        store(value, C);                                                                           \
    }
#define LOAD1(p) (*(p))
#define LOAD8(p) vload8(0, p)
#define LOAD16(p) vload16(0, p)
#define STORE1(v, p) *(p) = v
#define STORE8(v, p) vstore8(v, 0, p)
#define STORE16(v, p) vstore16(v, 0, p)
DEFINE_FINISH(float, Float, LOAD1, STORE1)
DEFINE_FINISH(float8, Float8, LOAD8, STORE8)
DEFINE_FINISH(float16, Float16, LOAD16, STORE16)

// Stores a tile without its first `shift` columns as rows of C, never past the last column.
static void storeTile(
    const float16 *tile, uint shift, __global float *C, ulong stride, __global const float *bias,
    uint rows, uint columns, const Epilogue *epilogue
) {
    for (uint i = 0; i < rows; ++i) {
        __global float *row = C + i * stride;
        if (columns == TILE_COLUMNS) {
            finishFloat16(tile[2 * i], row, bias, epilogue);
            finishFloat16(tile[2 * i + 1], row + 16, bias + 16, epilogue);
        } else {
            const float *values = (const float *)(tile + 2 * i) + shift;
            const uint whole = columns & 16u;
            if (whole) finishFloat16(vload16(0, values), row, bias, epilogue);
            for (uint j = whole; j < columns; ++j) {
                finishFloat(values[j], row + j, bias + j, epilogue);
            }
        }
    }
}

// Stores a tile transposed: its rows are columns of C.
static void storeTurnedTile(
    const float16 *tile, __global float *C, ulong stride, __global const float *bias, uint rows,
    uint columns, const Epilogue *epilogue
) {
    const float *v = (const float *)tile;
    for (uint j = 0; j < columns; ++j) {
        __global float *row = C + j * stride;
        if (rows == TILE_ROWS) {
            const float8 sum = (float8)(v[j], v[j + 32], v[j + 64], v[j + 96], v[j + 128],
                                        v[j + 160], v[j + 192], v[j + 224]);
            finishFloat8(sum, row, bias, epilogue);
        } else {
            for (uint i = 0; i < rows; ++i) {
                finishFloat(v[i * TILE_COLUMNS + j], row + i, bias + i, epilogue);
            }
        }
    }
}

// One 8 x 32 tile over `count` depth steps. Rows past the edge repeat the last row (never stored).
static void multiplyTile(
    float16 *tile, __global const float *left, ulong rowStride, ulong leftDepthStride, uint rows,
    __global const float *right, ulong rightDepthStride, uint count
) {
    __global const float *a[TILE_ROWS];
    float16 sums[2 * TILE_ROWS];
    #pragma unroll
    for (uint i = 0; i < TILE_ROWS; ++i) {
        a[i] = left + min(i, rows - 1) * rowStride;
        sums[2 * i] = (float16)(0.0f);
        sums[2 * i + 1] = (float16)(0.0f);
    }
    ulong at = 0;
    for (uint k = 0; k < count; ++k) {
        const float16 b0 = vload16(0, right);
        const float16 b1 = vload16(1, right);
        #pragma unroll
        for (uint i = 0; i < TILE_ROWS; ++i) {
            const float16 scale = (float16)(a[i][at]);
            sums[2 * i] = fma(scale, b0, sums[2 * i]);
            sums[2 * i + 1] = fma(scale, b1, sums[2 * i + 1]);
        }
        right += rightDepthStride;
        at += leftDepthStride;
    }
    #pragma unroll
    for (uint i = 0; i < 2 * TILE_ROWS; ++i) tile[i] = sums[i];
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void matmulTiles(
    OUTPUT(float, C), INPUT(float, left), INPUT(float, right), INPUT(float, bias),
    const uint rows, const uint columns, const uint depth,
    const ulong leftTileStride, const ulong leftRowStride, const ulong leftDepthStride,
    const ulong rightPanelStride, const ulong rightDepthStride,
    const ulong leftBatchStride, const ulong rightBatchStride, const ulong outputBatchStride,
    const uint blockRows, const uint blockColumns, const uint blockDepth,
    const float alpha, const float beta, const uint hasBias, const uint activation,
    const uint turned
) {
    const uint batch = get_group_id(2);
    OPEN_OUTPUT(float, C) + batch * outputBatchStride;
    OPEN_INPUT(float, left) + batch * leftBatchStride;
    OPEN_INPUT(float, right) + batch * rightBatchStride;
    OPEN_INPUT(float, bias);
    const uint firstRow = get_group_id(0) * blockRows;
    const uint endRow = min(rows, firstRow + blockRows);
    const uint firstColumn = get_group_id(1) * blockColumns;
    const uint endColumn = min(columns, firstColumn + blockColumns);

    uint k = 0;
    do {
        const uint count = min(blockDepth, depth - k);
        const Epilogue epilogue = { alpha, beta, k > 0, k + count == depth, hasBias, activation };
        for (uint j = firstColumn; j < endColumn; j += TILE_COLUMNS) {
            const uint width = min((uint)TILE_COLUMNS, columns - j);
            // Where the right operand is read in place, the last panel begins earlier, so that it ends with
            // the matrix; what the panel before it has too is not stored.
            const uint shift = rightDepthStride == columns ? TILE_COLUMNS - width : 0;
            __global const float *panel =
                right + (j / TILE_COLUMNS) * rightPanelStride + k * rightDepthStride - shift;
            for (uint i = firstRow; i < endRow; i += TILE_ROWS) {
                const uint height = min((uint)TILE_ROWS, rows - i);
                float16 tile[2 * TILE_ROWS];
                multiplyTile(
                    tile, left + (i / TILE_ROWS) * leftTileStride + k * leftDepthStride,
                    leftRowStride, leftDepthStride, height, panel, rightDepthStride, count);
                if (turned) {
                    storeTurnedTile(
                        tile, C + (ulong)j * rows + i, rows, bias + i, height, width, &epilogue);
                } else {
                    storeTile(
                        tile, shift, C + (ulong)i * columns + j, columns, bias + j, height, width,
                        &epilogue);
                }
            }
        }
        k += count;
    } while (k < depth);
}

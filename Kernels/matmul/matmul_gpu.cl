// gpu matmul: C = act(alpha * op(A) * op(B) + beta * C + bias), row-major and contiguous. A
// work-group of 256 items owns a BLOCK_ROWS x BLOCK_COLUMNS block of C. Both operands pass through
// double-buffered local memory, stored depth-major; while one step is multiplied the next is
// fetched into registers. Each item computes QUAD_ROWS x QUAD_COLUMNS quads of 4 x 4, spread over
// the block so that the items of a warp read neighbouring float4 of local memory.
//
// Build variants (defines; the default is the large block):
//     large  128 x 128, 34 KiB of local memory; with -D DEPTH=8 17 KiB, for devices that have 32
//     middle -D BLOCK_ROWS=64 -D BLOCK_COLUMNS=64 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1
//     low    -D BLOCK_ROWS=32 -D BLOCK_COLUMNS=128 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1, for few rows
// The block must be (256 / COLUMN_ITEMS) * 4 * QUAD_ROWS by COLUMN_ITEMS * 4 * QUAD_COLUMNS.
//
// matmulBlocks arguments (local size 256,1,1):
//     0, 1    C            float in/out [batch][M][N], element offset
//     2, 3    A            float in [batch][M][K], or [batch][K][M] with transposeA
//     4, 5    B            float in [batch][K][N], or [batch][N][K] with transposeB
//     6, 7    bias         float in [N] (null when hasBias is 0)
//     8, 9    partials     float out [splits][batch][M][N] (null when splits is 1)
//     10..12  M, N, K      uint (K may be 0)
//     13..15  strideA, strideB, strideC   ulong, elements between matrices of the batch (0: shared)
//     16, 17  splits, splitDepth          uint; split s sums k in [s, s + 1) * splitDepth.
//                                         splitDepth is a multiple of 16; splits * splitDepth >= K
//     18, 19  transposeA, transposeB      uint, 0 or 1
//     20, 21  alpha, beta  float; with beta == 0 C is never read
//     22, 23  hasBias, activation         uint
// Global size: { ceil(N / BLOCK_COLUMNS) * 256, ceil(M / BLOCK_ROWS), batch * splits }.
// With splits > 1 only partials are written; matmulReduce must follow.

#ifndef BLOCK_ROWS
#define BLOCK_ROWS 128
#define BLOCK_COLUMNS 128
#define QUAD_ROWS 2
#define QUAD_COLUMNS 2
#endif
#ifndef DEPTH
#define DEPTH 16
#endif
#define ITEMS 256
#define COLUMN_ITEMS (BLOCK_COLUMNS / (4 * QUAD_COLUMNS))
#define ROW_ITEMS (BLOCK_ROWS / (4 * QUAD_ROWS))
// Four floats of padding keep float4 alignment and spread a transposed store over the banks.
#define ROW_PITCH (BLOCK_ROWS + 4)
#define COLUMN_PITCH (BLOCK_COLUMNS + 4)
#define FETCHES(width) (((width) * DEPTH / 4 + ITEMS - 1) / ITEMS)

// One operand as the loader sees it: `outer` rows of op(A), or columns of op(B).
typedef struct {
    __global const float *from;
    uint outer, depth, depthContiguous, aligned;
} Operand;

// Four consecutive elements of the contiguous dimension; those outside the matrix are 0.
static float4 fetch(const Operand *operand, uint outer, uint k, uint end) {
    float4 value = (float4)(0.0f);
    const uint limit = operand->depthContiguous ? end : operand->outer;
    const uint place = operand->depthContiguous ? k : outer;
    const uint line = operand->depthContiguous ? outer : k;
    const uint lines = operand->depthContiguous ? operand->outer : end;
    if (line >= lines || place >= limit) return value;
    __global const float *from =
        operand->from + (ulong)line * (operand->depthContiguous ? operand->depth : operand->outer)
        + place;
    if (operand->aligned) return *(__global const float4 *)from;
    value.x = from[0];
    if (place + 1 < limit) value.y = from[1];
    if (place + 2 < limit) value.z = from[2];
    if (place + 3 < limit) value.w = from[3];
    return value;
}

// Where fetch number `index` of a tile lies: (outer, k) relative to the tile's corner.
static uint2 placeOf(uint index, uint width, uint depthContiguous) {
    if (depthContiguous) return (uint2)(index / (DEPTH / 4), index % (DEPTH / 4) * 4);
    return (uint2)(index % (width / 4) * 4, index / (width / 4));
}

static void fetchTile(
    float4 *fetched, const Operand *operand, uint corner, uint k, uint end, uint width
) {
    for (uint i = 0; i < FETCHES(width); ++i) {
        const uint index = get_local_id(0) + i * ITEMS;
        const uint2 place = placeOf(index, width, operand->depthContiguous);
        if (index < width * DEPTH / 4) {
            fetched[i] = fetch(operand, corner + place.x, k + place.y, end);
        }
    }
}

static void storeTile(
    const float4 *fetched, __local float *tile, uint depthContiguous, uint width, uint pitch
) {
    for (uint i = 0; i < FETCHES(width); ++i) {
        const uint index = get_local_id(0) + i * ITEMS;
        if (index >= width * DEPTH / 4) continue;
        const uint2 place = placeOf(index, width, depthContiguous);
        __local float *to = tile + place.y * pitch + place.x;
        if (depthContiguous) {
            to[0] = fetched[i].x;
            to[pitch] = fetched[i].y;
            to[2 * pitch] = fetched[i].z;
            to[3 * pitch] = fetched[i].w;
        } else {
            *(__local float4 *)to = fetched[i];
        }
    }
}

// Adds one local step to the item's quads.
static void multiplyStep(
    float4 sums[QUAD_ROWS][4][QUAD_COLUMNS], __local const float *rows, __local const float *columns
) {
    #pragma unroll
    for (uint k = 0; k < DEPTH; ++k) {
        float4 a[QUAD_ROWS], b[QUAD_COLUMNS];
        #pragma unroll
        for (uint i = 0; i < QUAD_ROWS; ++i) {
            a[i] = *(__local const float4 *)(rows + k * ROW_PITCH + i * ROW_ITEMS * 4);
        }
        #pragma unroll
        for (uint j = 0; j < QUAD_COLUMNS; ++j) {
            b[j] = *(__local const float4 *)(columns + k * COLUMN_PITCH + j * COLUMN_ITEMS * 4);
        }
        #pragma unroll
        for (uint i = 0; i < QUAD_ROWS; ++i) {
            #pragma unroll
            for (uint j = 0; j < QUAD_COLUMNS; ++j) {
                sums[i][0][j] = fma((float4)(a[i].x), b[j], sums[i][0][j]);
                sums[i][1][j] = fma((float4)(a[i].y), b[j], sums[i][1][j]);
                sums[i][2][j] = fma((float4)(a[i].z), b[j], sums[i][2][j]);
                sums[i][3][j] = fma((float4)(a[i].w), b[j], sums[i][3][j]);
            }
        }
    }
}

static float finish(
    float sum, __global const float *C, float alpha, float beta, float bias, uint activation
) {
    float value = alpha * sum;
    if (beta != 0.0f) value = fma(beta, *C, value);
    return activateFloat(value + bias, activation);
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void matmulBlocks(
    OUTPUT(float, C), INPUT(float, A), INPUT(float, B), INPUT(float, bias), OUTPUT(float, partials),
    const uint M, const uint N, const uint K,
    const ulong strideA, const ulong strideB, const ulong strideC,
    const uint splits, const uint splitDepth, const uint transposeA, const uint transposeB,
    const float alpha, const float beta, const uint hasBias, const uint activation
) {
    __local float tileA[2][DEPTH * ROW_PITCH] __attribute__((aligned(16)));
    __local float tileB[2][DEPTH * COLUMN_PITCH] __attribute__((aligned(16)));
    const uint batch = get_group_id(2) / splits;
    const uint split = get_group_id(2) % splits;
    const uint cornerRow = get_group_id(1) * BLOCK_ROWS;
    const uint cornerColumn = get_group_id(0) * BLOCK_COLUMNS;
    const ulong startA = AOffset + batch * strideA;
    const ulong startB = BOffset + batch * strideB;
    const uint lineA = transposeA ? M : K, lineB = transposeB ? K : N;
    const Operand a = { ABase + startA, M, K, !transposeA, ((startA | lineA) & 3) == 0 };
    const Operand b = { BBase + startB, N, K, transposeB, ((startB | lineB) & 3) == 0 };

    // A warp covers 4 x 8 quads.
    const uint item = get_local_id(0), lane = item % 32, warp = item / 32;
    const uint column = (warp % (COLUMN_ITEMS / 8)) * 8 + lane % 8;
    const uint row = (warp / (COLUMN_ITEMS / 8)) * 4 + lane / 8;

    float4 sums[QUAD_ROWS][4][QUAD_COLUMNS];
    for (uint i = 0; i < QUAD_ROWS; ++i) {
        for (uint s = 0; s < 4; ++s) {
            for (uint j = 0; j < QUAD_COLUMNS; ++j) sums[i][s][j] = (float4)(0.0f);
        }
    }
    float4 nextA[FETCHES(BLOCK_ROWS)], nextB[FETCHES(BLOCK_COLUMNS)];
    const uint begin = min(K, split * splitDepth), end = min(K, begin + splitDepth);
    fetchTile(nextA, &a, cornerRow, begin, end, BLOCK_ROWS);
    fetchTile(nextB, &b, cornerColumn, begin, end, BLOCK_COLUMNS);
    storeTile(nextA, tileA[0], a.depthContiguous, BLOCK_ROWS, ROW_PITCH);
    storeTile(nextB, tileB[0], b.depthContiguous, BLOCK_COLUMNS, COLUMN_PITCH);
    barrier(CLK_LOCAL_MEM_FENCE);
    uint current = 0;
    for (uint k = begin; k < end; k += DEPTH) {
        const uint more = k + DEPTH < end;
        if (more) {
            fetchTile(nextA, &a, cornerRow, k + DEPTH, end, BLOCK_ROWS);
            fetchTile(nextB, &b, cornerColumn, k + DEPTH, end, BLOCK_COLUMNS);
        }
        multiplyStep(sums, tileA[current] + row * 4, tileB[current] + column * 4);
        current ^= 1;
        if (more) {
            storeTile(nextA, tileA[current], a.depthContiguous, BLOCK_ROWS, ROW_PITCH);
            storeTile(nextB, tileB[current], b.depthContiguous, BLOCK_COLUMNS, COLUMN_PITCH);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    OPEN_INPUT(float, bias);
    const ulong plane = (ulong)M * N;
    __global float *result = splits == 1
        ? CBase + COffset + batch * strideC
        : partialsBase + partialsOffset + (split * (get_num_groups(2) / splits) + batch) * plane;
    for (uint i = 0; i < QUAD_ROWS; ++i) {
        for (uint s = 0; s < 4; ++s) {
            const uint m = cornerRow + (i * ROW_ITEMS + row) * 4 + s;
            for (uint j = 0; j < QUAD_COLUMNS; ++j) {
                const uint n = cornerColumn + (j * COLUMN_ITEMS + column) * 4;
                if (m >= M) continue;
                const float values[4] = {
                    sums[i][s][j].x, sums[i][s][j].y, sums[i][s][j].z, sums[i][s][j].w };
                __global float *to = result + (ulong)m * N + n;
                for (uint c = 0; c < 4 && n + c < N; ++c) {
                    to[c] = splits > 1 ? values[c]
                        : finish(values[c], to + c, alpha, beta, hasBias ? bias[n + c] : 0.0f,
                                 activation);
                }
            }
        }
    }
}

// Adds the splits' partial sums in ascending order and applies the end of the product.
//     0, 1 C   2, 3 partials [splits][batch][M][N]   4, 5 bias   6..8 M, N, splits uint
//     9 strideC ulong   10, 11 alpha, beta float   12, 13 hasBias, activation uint
// Global size: { at least M * N, batch }, any local size in dimension 0, 1 in dimension 1.
__kernel void matmulReduce(
    OUTPUT(float, C), INPUT(float, partials), INPUT(float, bias), const uint M, const uint N,
    const uint splits, const ulong strideC, const float alpha, const float beta,
    const uint hasBias, const uint activation
) {
    const ulong plane = (ulong)M * N;
    const ulong index = get_global_id(0);
    if (index >= plane) return;
    const ulong batch = get_group_id(1);
    OPEN_OUTPUT(float, C) + batch * strideC + index;
    OPEN_INPUT(float, partials) + batch * plane + index;
    OPEN_INPUT(float, bias);
    float sum = 0.0f;
    for (uint split = 0; split < splits; ++split) {
        sum += partials[split * get_num_groups(1) * plane];
    }
    *C = finish(sum, C, alpha, beta, hasBias ? bias[index % N] : 0.0f, activation);
}

// Transposition on graphics processors: [outer, rows, columns] -> [outer, columns, rows].
//
// A work-group of 32 x 8 items moves tiles of 32 x 32 elements through local memory, so that reads
// and writes both run along rows; the 33rd column of the tile avoids bank conflicts. Dimensions:
// tiles of columns, tiles of rows, outer; groups go round where a dimension's extent is limited.

#define TILE 32
#define TILE_ROWS 8

static void transposeTile(__global float *output, __global const float *input, uint rows,
                          uint columns, size_t tileRow, size_t tileColumn,
                          __local float (*tile)[TILE + 1]) {
    const uint x = get_local_id(0);
    const uint y = get_local_id(1);
    for (uint i = y; i < TILE; i += TILE_ROWS) {
        const size_t row = tileRow + i;
        const size_t column = tileColumn + x;
        if (row < rows && column < columns) tile[i][x] = input[row * columns + column];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = y; i < TILE; i += TILE_ROWS) {
        const size_t row = tileRow + x;
        const size_t column = tileColumn + i;
        if (row < rows && column < columns) output[column * rows + row] = tile[x][i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

__kernel __attribute__((reqd_work_group_size(TILE, TILE_ROWS, 1)))
void transpose(OUTPUT(float, output), INPUT(float, input), const uint outer, const uint rows,
               const uint columns) {
    __local float tile[TILE][TILE + 1];
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    const size_t tileColumn = get_group_id(0) * TILE;
    for (size_t matrix = get_group_id(2); matrix < outer; matrix += get_num_groups(2)) {
        const size_t base = matrix * rows * columns;
        for (size_t tileRow = get_group_id(1) * TILE; tileRow < rows;
             tileRow += get_num_groups(1) * TILE) {
            transposeTile(output + base, input + base, rows, columns, tileRow, tileColumn, tile);
        }
    }
}

// Transposition on processors: [outer, rows, columns] -> [outer, columns, rows].
//
// One work-item per tile of 16 x 16 elements; dimensions: tiles of columns, tiles of rows, outer.
// A whole tile is turned in registers, one at the edge element by element.
__kernel void transpose(OUTPUT(float, output), INPUT(float, input), const uint outer,
                        const uint rows, const uint columns) {
    const size_t column = get_global_id(0) * 16;
    const size_t row = get_global_id(1) * 16;
    const size_t matrix = get_global_id(2) * rows * columns;
    OPEN_OUTPUT(float, output) + matrix + column * rows + row;
    OPEN_INPUT(float, input) + matrix + row * columns + column;
    const uint height = min((size_t)16, rows - row);
    const uint width = min((size_t)16, columns - column);
    if (height == 16 && width == 16) {
        float16 tile[16], turned[16];
        for (uint i = 0; i < 16; ++i) tile[i] = vload16(0, input + (size_t)i * columns);
        transpose16(tile, turned);
        for (uint i = 0; i < 16; ++i) vstore16(turned[i], 0, output + (size_t)i * rows);
    } else {
        for (uint j = 0; j < width; ++j) {
            for (uint i = 0; i < height; ++i) {
                output[(size_t)j * rows + i] = input[(size_t)i * columns + j];
            }
        }
    }
}

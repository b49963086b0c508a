// Copies `count` floats.
static void copyRun(__global const float *from, __global float *to, uint count) {
    uint c = 0;
    for (; c + 16 <= count; c += 16) vstore16(vload16(0, from + c), 0, to + c);
    for (; c + 4 <= count; c += 4) vstore4(vload4(0, from + c), 0, to + c);
    for (; c < count; ++c) to[c] = from[c];
}

// Rows of cells and their neighbours on processors: one work-item per row [set, cell].
//
// A row is [own state | state of each neighbour | extra]; table [cells, neighbours] holds numbers of
// cells, any other number leaves zeros.
__kernel void neighbours(OUTPUT(float, output), INPUT(float, states), INPUT(float, extra),
                         INPUT(int, table), const uint cells, const uint channels,
                         const uint neighbours, const uint extras) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, states);
    OPEN_INPUT(float, extra);
    OPEN_INPUT(int, table);
    const size_t row = get_global_id(0);
    const size_t cell = row % cells;
    __global const float *set = states + (row - cell) * channels;
    __global float *to = output + row * ((size_t)(neighbours + 1) * channels + extras);
    copyRun(set + cell * channels, to, channels);
    for (uint k = 0; k < neighbours; ++k) {
        to += channels;
        const uint other = table[cell * neighbours + k];
        if (other < cells) {
            copyRun(set + (size_t)other * channels, to, channels);
        } else {
            for (uint c = 0; c < channels; ++c) to[c] = 0.0f;
        }
    }
    copyRun(extra + row * extras, to + channels, extras);
}

// statesGradient and extraGradient of `neighbours`: the own part of a row and those of its readers,
// which are places cell * (neighbours + 1) + part, in their order.
__kernel void neighboursBackward(OUTPUT(float, statesGradient), OUTPUT(float, extraGradient),
                                 INPUT(float, gradient), INPUT(int, readers),
                                 const uint readersPerCell, const uint cells, const uint channels,
                                 const uint neighbours, const uint extras) {
    OPEN_OUTPUT(float, statesGradient);
    OPEN_OUTPUT(float, extraGradient);
    OPEN_INPUT(float, gradient);
    OPEN_INPUT(int, readers);
    const size_t row = get_global_id(0);
    const size_t cell = row % cells;
    const uint parts = neighbours + 1;
    const size_t width = (size_t)parts * channels + extras;
    __global const float *set = gradient + (row - cell) * width;
    __global const float *own = gradient + row * width;
    __global float *to = statesGradient + row * channels;
    __global const int *mine = readers + cell * readersPerCell;
    uint c = 0;
    for (; c + 16 <= channels; c += 16) {
        float16 sum = vload16(0, own + c);
        for (uint k = 0; k < readersPerCell; ++k) {
            const uint place = mine[k];
            if (place >= cells * parts) continue;
            sum += vload16(0, set + place / parts * width + place % parts * channels + c);
        }
        vstore16(sum, 0, to + c);
    }
    for (; c < channels; ++c) {
        float sum = own[c];
        for (uint k = 0; k < readersPerCell; ++k) {
            const uint place = mine[k];
            if (place >= cells * parts) continue;
            sum += set[place / parts * width + place % parts * channels + c];
        }
        to[c] = sum;
    }
    copyRun(own + parts * channels, extraGradient + row * extras, extras);
}

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
    for (uint c = 0; c < channels; ++c) to[c] = set[cell * channels + c];
    for (uint k = 0; k < neighbours; ++k) {
        to += channels;
        const uint other = table[cell * neighbours + k];
        if (other < cells) {
            for (uint c = 0; c < channels; ++c) to[c] = set[(size_t)other * channels + c];
        } else {
            for (uint c = 0; c < channels; ++c) to[c] = 0.0f;
        }
    }
    for (uint c = 0; c < extras; ++c) to[channels + c] = extra[row * extras + c];
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
    for (uint c = 0; c < channels; ++c) to[c] = own[c];
    for (uint k = 0; k < readersPerCell; ++k) {
        const uint place = readers[cell * readersPerCell + k];
        if (place >= cells * parts) continue;
        __global const float *part = set + place / parts * width + place % parts * channels;
        for (uint c = 0; c < channels; ++c) to[c] += part[c];
    }
    for (uint c = 0; c < extras; ++c) extraGradient[row * extras + c] = own[parts * channels + c];
}

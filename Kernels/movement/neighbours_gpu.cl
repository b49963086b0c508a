// Rows of cells and their neighbours on graphics processors: one work-group per row [set, cell], its
// items side by side over the row's elements.
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
    const size_t row = get_group_id(0);
    const size_t cell = row % cells;
    const uint stateWidth = (neighbours + 1) * channels;
    __global const float *set = states + (row - cell) * channels;
    __global float *to = output + row * (stateWidth + extras);
    FOR_EACH_COLUMN(stateWidth) {
        const uint part = column / channels;
        const uint other = part == 0 ? (uint)cell : (uint)table[cell * neighbours + part - 1];
        to[column] =
            other < cells ? set[(size_t)other * channels + column % channels] : 0.0f;
    }
    FOR_EACH_COLUMN(extras) to[stateWidth + column] = extra[row * extras + column];
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
    const size_t row = get_group_id(0);
    const size_t cell = row % cells;
    const uint parts = neighbours + 1;
    const size_t width = (size_t)parts * channels + extras;
    __global const float *set = gradient + (row - cell) * width;
    __global const float *own = gradient + row * width;
    FOR_EACH_COLUMN(channels) {
        float sum = own[column];
        for (uint k = 0; k < readersPerCell; ++k) {
            const uint place = readers[cell * readersPerCell + k];
            if (place >= cells * parts) continue;
            sum += set[place / parts * width + place % parts * channels + column];
        }
        statesGradient[row * channels + column] = sum;
    }
    FOR_EACH_COLUMN(extras) {
        extraGradient[row * extras + column] = own[parts * channels + column];
    }
}

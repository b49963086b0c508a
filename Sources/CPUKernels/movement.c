#include "movement.h"

#include "element_wise.h"

#include <math.h>
#include <string.h>

void tandem_copy_rows(
    const float *source, int64_t source_stride, float *destination, int64_t destination_stride,
    int64_t rows, int64_t columns, int32_t accumulate) {
    for (int64_t row = 0; row < rows; row++) {
        if (accumulate) {
            tandem_axpy(1.0f, source, destination, columns);
        } else {
            memcpy(destination, source, sizeof(float) * (size_t)columns);
        }
        source += source_stride;
        destination += destination_stride;
    }
}

void tandem_gather_rows(
    const float *table, int64_t table_rows, const int32_t *indices, float *output, int64_t count,
    int64_t columns) {
    for (int64_t n = 0; n < count; n++) {
        float *row = output + n * columns;
        if (indices[n] >= 0 && indices[n] < table_rows) {
            memcpy(row, table + indices[n] * columns, sizeof(float) * (size_t)columns);
        } else {
            for (int64_t c = 0; c < columns; c++) row[c] = NAN;
        }
    }
}

void tandem_scatter_add_rows(
    const float *rows, const int32_t *indices, float *table, int64_t table_rows, int64_t count,
    int64_t columns, int64_t stride) {
    for (int64_t n = 0; n < count; n++) {
        if (indices[n] < 0 || indices[n] >= table_rows) continue;
        tandem_axpy(1.0f, rows + n * stride, table + indices[n] * stride, columns);
    }
}

void tandem_neighbours(
    const float *states, const float *extra, const int32_t *table, float *output, int64_t first,
    int64_t count, tandem_neighbour_shape shape) {
    const int64_t channels = shape.channels;
    const size_t bytes = sizeof(float) * (size_t)channels;
    const int64_t width = (shape.neighbours + 1) * channels + shape.extra;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t cell = row % shape.cells;
        const float *set = states + (row - cell) * channels;
        float *to = output + row * width;
        memcpy(to, states + row * channels, bytes);
        to += channels;
        for (int64_t k = 0; k < shape.neighbours; k++, to += channels) {
            const int64_t other = table[cell * shape.neighbours + k];
            if (other >= 0 && other < shape.cells) {
                memcpy(to, set + other * channels, bytes);
            } else {
                memset(to, 0, bytes);
            }
        }
        if (shape.extra == 0) continue;
        memcpy(to, extra + row * shape.extra, sizeof(float) * (size_t)shape.extra);
    }
}

void tandem_neighbours_backward(
    const float *gradient, const int32_t *readers, int64_t readers_per_cell,
    float *states_gradient, float *extra_gradient, int64_t first, int64_t count,
    tandem_neighbour_shape shape) {
    const int64_t channels = shape.channels, parts = shape.neighbours + 1;
    const int64_t width = parts * channels + shape.extra;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t cell = row % shape.cells;
        const float *set = gradient + (row - cell) * width;
        const float *own = gradient + row * width;
        float *to = states_gradient + row * channels;
        memcpy(to, own, sizeof(float) * (size_t)channels);
        for (int64_t k = 0; k < readers_per_cell; k++) {
            const int64_t place = readers[cell * readers_per_cell + k];
            if (place < 0 || place >= shape.cells * parts) continue;
            const float *part = set + place / parts * width + place % parts * channels;
            for (int64_t c = 0; c < channels; c++) to[c] += part[c];
        }
        if (shape.extra == 0) continue;
        memcpy(
            extra_gradient + row * shape.extra, own + parts * channels,
            sizeof(float) * (size_t)shape.extra);
    }
}

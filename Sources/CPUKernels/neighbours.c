#include "kernel_variants.h"
#include "movement.h"
#include "simd.h"

#include <string.h>

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

/// Compiled for every instruction set for the sake of the additions.
INLINE void neighbours_backward_body(
    const float *gradient, const int32_t *readers, int64_t readers_per_cell,
    float *states_gradient, float *extra_gradient, int64_t first, int64_t count,
    tandem_neighbour_shape shape) {
    const int64_t channels = shape.channels;
    const int32_t parts = (int32_t)shape.neighbours + 1;
    const int64_t places = shape.cells * parts;
    const int64_t width = parts * channels + shape.extra;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t cell = row % shape.cells;
        const float *set = gradient + (row - cell) * width;
        const float *own = gradient + row * width;
        float *to = states_gradient + row * channels;
        memcpy(to, own, sizeof(float) * (size_t)channels);
        for (int64_t k = 0; k < readers_per_cell; k++) {
            const int32_t place = readers[cell * readers_per_cell + k];
            if (place < 0 || place >= places) continue;
            // Divided as 32-bit numbers, which is several times quicker.
            const int32_t reader = place / parts;
            const float *part = set + reader * width + (place - reader * parts) * channels;
            int64_t c = 0;
            for (; c + 16 <= channels; c += 16) {
                store_vector(to + c, load_vector(to + c) + load_vector(part + c));
            }
            for (; c < channels; c++) to[c] += part[c];
        }
        if (shape.extra == 0) continue;
        memcpy(
            extra_gradient + row * shape.extra, own + parts * channels,
            sizeof(float) * (size_t)shape.extra);
    }
}

TANDEM_DEFINE_KERNEL(
    neighbours_backward,
    (const float *gradient, const int32_t *readers, int64_t readers_per_cell,
     float *states_gradient, float *extra_gradient, int64_t first, int64_t count,
     tandem_neighbour_shape shape),
    (gradient, readers, readers_per_cell, states_gradient, extra_gradient, first, count, shape))

#ifndef TANDEM_RANDOM_H
#define TANDEM_RANDOM_H

#include <stdint.h>

// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Word i of
// a stream is word i % 4 of the block with key (seed low, seed high) and counter (low(i / 4),
// high(i / 4), identifier low, identifier high).

/// One stream of random words.
typedef struct {
    uint64_t seed, identifier;
} tandem_random_stream;

/// `output[i] = word(first + i) >= threshold ? scale * input[i] : 0`; `first` is a multiple of 4.
/// In place allowed.
void tandem_dropout(
    tandem_random_stream stream, int64_t first, uint32_t threshold, float scale, const float *input,
    float *output, int64_t count);

/// `output[i] = (word(first + i) >> 8) * 2^-24`, uniform in [0, 1); `first` is a multiple of 4.
void tandem_random_uniform(
    tandem_random_stream stream, int64_t first, float *output, int64_t count);

#endif

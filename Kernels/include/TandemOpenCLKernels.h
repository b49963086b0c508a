#ifndef TANDEM_OPENCL_KERNELS_H
#define TANDEM_OPENCL_KERNELS_H

#pragma clang assume_nonnull begin

/// The text of a file below `Kernels/`.
typedef struct {
    /// Path of the file below `Kernels/`.
    const char *name;
    /// The text, followed by a zero.
    const char *text;
    /// Bytes of the text.
    long length;
} TandemKernelSource;

/// All embedded files; `count` receives their number.
const TandemKernelSource *tandemKernelSources(long *count);

#pragma clang assume_nonnull end

#endif

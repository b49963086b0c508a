#ifndef TANDEM_PROCESSOR_H
#define TANDEM_PROCESSOR_H

#include <stddef.h>
#include <stdint.h>

/// Writes the processor's name, for example `AMD EPYC`, as a C string of at most `capacity` bytes.
void tandem_processor_name(char *name, size_t capacity);

/// Cores that this process may use.
int32_t tandem_processor_count(void);

/// Bytes of physical memory.
int64_t tandem_memory_bytes(void);

#endif

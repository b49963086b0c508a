#ifndef TANDEM_THREAD_RECORDER_H
#define TANDEM_THREAD_RECORDER_H

/// What the calling thread records device operations with; NULL while it does not record.
///
/// Here, because Swift has no variables of a thread that cost one load to read.
extern _Thread_local void *_Nullable tandem_thread_recorder_address;

static inline void *_Nullable tandem_thread_recorder(void) {
    return tandem_thread_recorder_address;
}

static inline void tandem_set_thread_recorder(void *_Nullable recorder) {
    tandem_thread_recorder_address = recorder;
}

#endif

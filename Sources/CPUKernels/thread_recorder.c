#include "thread_recorder.h"

_Thread_local void *tandem_thread_recorder_address;

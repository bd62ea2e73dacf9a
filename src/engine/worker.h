/* worker.h - threads that poll, and nothing else. */
#ifndef JN_WORKER_H
#define JN_WORKER_H

#include <jangle/jangle.h>

/* Start config.workers of them; sets jangle->workers. NO_MEMORY, with none left
 * running. Zero workers is fine. */
enum jangle_result jn_workers_start(struct jangle *jangle, struct jangle_error *error);

/* Wait until all have ended, at most `timeout_ms` (negative: without end): TIMEOUT, and
 * it may be called again. They end when jangle->stopping is set. */
enum jangle_result jn_workers_join(struct jangle *jangle, int64_t timeout_ms);

#endif

/* events.h - reading what is stored, and making sure that it is what was stored. A page
 * is read in one short transaction and kept; only then is anybody called, who may take
 * his time and call the store again. */
#ifndef JN_EVENTS_H
#define JN_EVENTS_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_sqlite_read_stream(struct jangle_store *store,
                                         const char *kind,
                                         const char *id,
                                         int64_t version,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error);

enum jangle_result jn_sqlite_read_all(struct jangle_store *store,
                                      int64_t position,
                                      size_t limit,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error);

#endif

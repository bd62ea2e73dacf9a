/* look_bounds.h - where the log, or a stream, begins and ends for a look. */
#ifndef JN_SQLITE_LOOK_BOUNDS_H
#define JN_SQLITE_LOOK_BOUNDS_H

#include "sqlite/store/sqlite_store.h"

struct jn_look_bounds {
    int64_t first, last; /* of the range; `last` is below `first` if it has no record */
    int64_t stream;      /* its number; below 0: there is none */
    int64_t room;        /* the last number if the file held nothing but records */
    bool endless; /* of the log from its start on: its end cannot be read, `why` says why,
                     and `last` is the highest number that there is */
    struct jangle_error why;
};

/* STORAGE if it cannot be read. */
enum jangle_result jn_look_bounds_find(struct jn_look_bounds *bounds,
                                       struct jn_file *file,
                                       struct jn_database *database,
                                       const struct jangle_range *range,
                                       struct jangle_error *error);

#endif

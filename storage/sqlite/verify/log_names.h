/* log_names.h - the names that events have by number, for as many as fit into a fixed
 * room. */
#ifndef JN_VERIFY_LOG_NAMES_H
#define JN_VERIFY_LOG_NAMES_H

#include "sqlite/file/checksum.h"
#include "sqlite/verify/findings.h"

enum { JN_STREAM_COUNT = 4096, JN_TYPE_COUNT = 64 };

struct jn_known_stream {
    int64_t number; /* 0: none */
    struct jn_stream_values values;
};

struct jn_known_type {
    int64_t number; /* 0: none */
    int version;
    char *name; /* NULL: none */
};

/* A stream or type is at its number modulo the count. */
struct jn_log_names {
    struct jn_verify *verify;
    sqlite3_stmt *stream, *type;
    struct jn_known_stream *streams;
    struct jn_known_type types[JN_TYPE_COUNT];
};

/* False if it cannot be begun; then a finding says why, or the call ends. Finish it in
 * any case. */
bool jn_log_names_begin(struct jn_log_names *names, struct jn_verify *verify);
void jn_log_names_finish(struct jn_log_names *names);

/* Set the beginning of the checksum. False if there is no such stream, or if its row
 * cannot be read. */
bool jn_log_names_stream(struct jn_log_names *names,
                         int64_t number,
                         struct jn_stream_values *values);

/* Set kind and id, which are valid until the next call. For events of schema 1, whose
 * checksums have no such beginning. */
bool jn_log_names_stream_texts(struct jn_log_names *names,
                               int64_t number,
                               const char **kind,
                               const char **id);

/* The type of a number; NULL if there is none. Valid until the next call. */
const struct jn_known_type *jn_log_names_type(struct jn_log_names *names, int64_t number);

#endif

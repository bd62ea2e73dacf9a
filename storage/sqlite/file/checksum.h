/* checksum.h - what a row was when it was stored, in 64 bits: the encoding is described
 * in jangle/plugin/store.h.
 *
 * In SQL, on every connection: jangle_checksum('table', column, ...) is the checksum of a
 * row, and the aggregate jangle_total(checksum) their sum, which wraps. */
#ifndef JN_CHECKSUM_H
#define JN_CHECKSUM_H

#include <jangle/plugin/store.h>

#include <sqlite3.h>

enum { JN_DIGEST_SIZE = 16 };

/* Of a payload: all that is left of one that was taken away. */
void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size);

/* Of all that an event says: names, not the numbers they are filed under. The payload
 * comes in by its digest. */
int64_t jn_checksum(const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE]);

/* By the rule of schema 1, which its events keep. */
int64_t jn_checksum_of_schema_1(const struct jangle_record *record,
                                const unsigned char digest[JN_DIGEST_SIZE]);

/* Both functions, for one connection. SQLite's code. */
int jn_checksum_register(sqlite3 *handle);

#endif

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

/* The values of a row, each of 17 bytes: its kind; the number, or how long the text is or
 * the bytes are; a hash of what they are. So texts of any length need no memory. Their
 * memory need not be cleared. */
enum { JN_VALUE_SIZE = 1 + 8 + 8, JN_VALUES_MAX = 20 };

struct jn_values {
    size_t size; /* of those there are, in bytes */
    unsigned char bytes[JN_VALUES_MAX * JN_VALUE_SIZE];
};

/* The table's name is the first of them. The text of a NULL is a NULL. */
void jn_values_begin(struct jn_values *values, const char *table);
void jn_values_add_number(struct jn_values *values, int64_t number);
void jn_values_add_text(struct jn_values *values, const char *text);
void jn_values_add_bytes(struct jn_values *values, const void *bytes, size_t size);
int64_t jn_values_checksum(const struct jn_values *values);

/* An event's checksum covers all that the event says: names, not the numbers they are
 * filed under; the payload comes in by its digest. What all events of a stream have in
 * common is made once. */
void jn_checksum_begin(struct jn_values *stream, const char *kind, const char *id);
int64_t jn_checksum(const struct jn_values *stream,
                    const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE]);

/* By the rule of schema 1, which its events keep. */
int64_t jn_checksum_of_schema_1(const struct jangle_record *record,
                                const unsigned char digest[JN_DIGEST_SIZE]);

/* Both functions, for one connection. SQLite's code. */
int jn_checksum_register(sqlite3 *handle);

#endif

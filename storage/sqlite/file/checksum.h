/* checksum.h - the checksum of a row: 64 bits by which a row is known to be what was
 * stored.
 *
 * Two SQL functions exist on every connection: jangle_checksum('table', column, ...) is
 * the checksum of a row, and the aggregate jangle_total(checksum) is the sum of such
 * checksums, which wraps.
 *
 * The encoding is described here in full, so that another backend, or a copy in another
 * form, can have the same checksums.
 *
 * A VALUE is encoded in 17 bytes: a kind (1 byte), a number (8 bytes) and a hash (8
 * bytes), the two with their lowest byte first.
 *            NULL            kind 0, number 0, hash 0
 *            whole number    kind 1, the number (two's complement), hash 0
 *            text            kind 2, its length in bytes, XXH3_64bits of its UTF-8
 *            bytes           kind 3, their length, XXH3_64bits of the bytes
 * The checksum of a row is XXH3_64bits of its encoded values, one behind the other. The
 * first value is the name of the table, as a text. The checksum is stored as a signed
 * number of 64 bits. These are the tables and their values in order; the numbers that the
 * tables have in place of names are not among the values:
 *
 *   store           1, id, epoch, first_position, schema_1_events
 *   streams         kind, id, version, first_version (1)
 *   types           name, version
 *   commands        command id (bytes), fingerprint, position, version, reply, at, name
 *                   and version of its type (NULL and 0: not known), cause, sender (NULL:
 *                   none)
 *   sessions        number, opened_at, pid, program, version
 *   catalogue       kind, program, name, version, facts, first_seen, gone_at
 *   subscribers     name, owned (the owner's session, or 0), marked (0 or 1: it has a
 *                   checkpoint), first_name
 *   pauses          name, paused (0 or 1), at, who, why
 *   checkpoints     subscriber, position, event_id, suspended_for, suspended_at, reason,
 *                   how many parked rows it has, and the sum of their checksums, modulo
 *                   2^64
 *   parked          subscriber, kind, key, position, attempts, trying, next_at, delay_ms,
 *                   dead, error (may be NULL)
 *   delivery_steps  subscriber, event_position, id, kind, type, result, reply (may be
 *                   NULL), position, version
 *   sagas           saga, id, version, status, state_version, state, timeout_at, due_at
 *                   (NULL: never), turn_at, turn_position, how many steps it has
 *   saga_steps      saga, id of the saga, number (from 1 on), id, kind, type, result,
 *                   reply (may be NULL), position, version
 *
 * Times are microseconds. The checksum of an event is made in two parts, so that a server
 * which assigns positions later need not see the event again. The first part is a hash of
 *
 *   events          kind, id, version, type, type_version, at, event_id, digest, meta
 *                   (may be NULL)
 *
 * which is made as above; the digest is the 16 bytes of XXH3_128bits of the payload, in
 * canonical form. The checksum is XXH3_64bits_withSeed of the position (8 bytes, the
 * lowest first), and the seed is that hash. Events at positions up to schema_1_events
 * keep the older checksums of schema 1. */
#ifndef JN_CHECKSUM_H
#define JN_CHECKSUM_H

#include <jangle/plugin/store.h>

#include <sqlite3.h>

enum { JN_DIGEST_SIZE = 16 };

/* The digest of a payload, which stays when the payload is erased. */
void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size);

/* The encoded values of a row. A value has the same size whatever its length, so a row of
 * any size is hashed without memory. The struct need not be cleared. */
enum { JN_VALUE_SIZE = 1 + 8 + 8, JN_VALUES_MAX = 20 };

struct jn_values {
    size_t size; /* in bytes, of the values added so far */
    unsigned char bytes[JN_VALUES_MAX * JN_VALUE_SIZE];
};

/* Begin with the name of the table, and add the values in order. A NULL text adds
 * a NULL. */
void jn_values_begin(struct jn_values *values, const char *table);
void jn_values_add_null(struct jn_values *values);
void jn_values_add_number(struct jn_values *values, int64_t number);
void jn_values_add_text(struct jn_values *values, const char *text);
void jn_values_add_bytes(struct jn_values *values, const void *bytes, size_t size);
int64_t jn_values_checksum(const struct jn_values *values);

/* The checksum of an event. Its first values are the same for all events of a stream, so
 * they are encoded once. It covers names, not the numbers that the tables have in their
 * place, and the payload by its digest. */
struct jn_stream_values {
    unsigned char bytes[3 * JN_VALUE_SIZE];
};

void jn_checksum_begin(struct jn_stream_values *stream, const char *kind, const char *id);
int64_t jn_checksum(const struct jn_stream_values *stream,
                    const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE]);

/* The checksum that schema 1 gave to an event. */
int64_t jn_checksum_of_schema_1(const struct jangle_record *record,
                                const unsigned char digest[JN_DIGEST_SIZE]);

/* Give a connection both functions. Returns SQLite's code. */
int jn_checksum_register(sqlite3 *handle);

#endif

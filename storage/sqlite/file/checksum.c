/* checksum.c - compute the checksum of a row, in C and as functions of SQL. */
#include "sqlite/file/checksum.h"

#include <assert.h>
#include <string.h>
#include <xxhash.h>

void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(size ? bytes : "", size));
    memcpy(digest, canonical.digest, JN_DIGEST_SIZE);
}

/* Write a number with its lowest byte first, on every machine. */
static unsigned char *put_number(unsigned char *to, int64_t number)
{
    uint64_t bits = (uint64_t)number;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bits = __builtin_bswap64(bits);
#endif
    memcpy(to, &bits, sizeof bits);
    return to + sizeof bits;
}

/* ---- values, one behind the other ---------------------------------------------- */

enum kind { NOTHING, NUMBER, TEXT, BYTES };

static void
add_value(struct jn_values *values, enum kind kind, int64_t number, uint64_t hash)
{
    unsigned char *end = values->bytes + values->size;

    assert(values->size + JN_VALUE_SIZE <= sizeof values->bytes);
    *end++ = (unsigned char)kind;
    end = put_number(end, number);
    put_number(end, (int64_t)hash);
    values->size += JN_VALUE_SIZE;
}

static void
add_hashed(struct jn_values *values, enum kind kind, const void *bytes, size_t size)
{
    add_value(values, kind, (int64_t)size, XXH3_64bits(size ? bytes : "", size));
}

void jn_values_begin(struct jn_values *values, const char *table)
{
    values->size = 0;
    jn_values_add_text(values, table);
}

void jn_values_add_null(struct jn_values *values)
{
    add_value(values, NOTHING, 0, 0);
}

void jn_values_add_number(struct jn_values *values, int64_t number)
{
    add_value(values, NUMBER, number, 0);
}

void jn_values_add_bytes(struct jn_values *values, const void *bytes, size_t size)
{
    add_hashed(values, BYTES, bytes, size);
}

void jn_values_add_text(struct jn_values *values, const char *text)
{
    if (text)
        add_hashed(values, TEXT, text, strlen(text));
    else
        jn_values_add_null(values);
}

static uint64_t hash_values(const struct jn_values *values)
{
    return XXH3_64bits(values->bytes, values->size);
}

int64_t jn_values_checksum(const struct jn_values *values)
{
    return (int64_t)hash_values(values);
}

/* ---- events -------------------------------------------------------------------- */

void jn_checksum_begin(struct jn_stream_values *stream, const char *kind, const char *id)
{
    struct jn_values values;

    jn_values_begin(&values, "events");
    jn_values_add_text(&values, kind);
    jn_values_add_text(&values, id);
    assert(values.size == sizeof stream->bytes);
    memcpy(stream->bytes, values.bytes, sizeof stream->bytes);
}

int64_t jn_checksum(const struct jn_stream_values *stream,
                    const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE])
{
    struct jn_values values;
    unsigned char position[8];

    values.size = sizeof stream->bytes;
    memcpy(values.bytes, stream->bytes, sizeof stream->bytes);
    jn_values_add_number(&values, record->version);
    jn_values_add_text(&values, record->type);
    jn_values_add_number(&values, record->type_version);
    jn_values_add_number(&values, record->at.us);
    jn_values_add_bytes(&values, record->event_id, JANGLE_ID_SIZE);
    jn_values_add_bytes(&values, digest, JN_DIGEST_SIZE);
    jn_values_add_text(&values, record->meta);
    put_number(position, record->position);
    return (int64_t)XXH3_64bits_withSeed(position, sizeof position, hash_values(&values));
}

/* Schema 1 hashed the numbers, and then each text with the hash before it as the seed. */
static uint64_t chain_text(uint64_t hash, const char *text)
{
    return XXH3_64bits_withSeed(text, strlen(text), hash);
}

int64_t jn_checksum_of_schema_1(const struct jangle_record *record,
                                const unsigned char digest[JN_DIGEST_SIZE])
{
    unsigned char numbers[4 * 8 + JANGLE_ID_SIZE + JN_DIGEST_SIZE];
    unsigned char *end = numbers;
    uint64_t hash;

    end = put_number(end, record->position);
    end = put_number(end, record->version);
    end = put_number(end, record->type_version);
    end = put_number(end, record->at.us);
    memcpy(end, record->event_id, JANGLE_ID_SIZE);
    memcpy(end + JANGLE_ID_SIZE, digest, JN_DIGEST_SIZE);
    hash = XXH3_64bits(numbers, sizeof numbers);
    hash = chain_text(hash, record->kind);
    hash = chain_text(hash, record->id);
    hash = chain_text(hash, record->type);
    hash = record->meta ? chain_text(hash, record->meta) : hash;
    return (int64_t)hash;
}

/* ---- rows, in SQL --------------------------------------------------------------- */

/* False if SQLite has no memory for a text. */
static bool add_argument(struct jn_values *values, sqlite3_value *argument)
{
    const void *bytes;

    switch (sqlite3_value_type(argument)) {
    case SQLITE_INTEGER:
        jn_values_add_number(values, sqlite3_value_int64(argument));
        return true;
    case SQLITE_TEXT:
        bytes = sqlite3_value_text(argument);
        add_hashed(values, TEXT, bytes ? bytes : "",
                   bytes ? (size_t)sqlite3_value_bytes(argument) : 0);
        return bytes != NULL;
    case SQLITE_BLOB:
        bytes = sqlite3_value_blob(argument);
        jn_values_add_bytes(values, bytes, (size_t)sqlite3_value_bytes(argument));
        return bytes || !sqlite3_value_bytes(argument);
    default: /* a double, too: no column holds one, and its reader refuses it */
        add_value(values, NOTHING, 0, 0);
        return true;
    }
}

/* jangle_checksum(...) in SQL. */
static void checksum(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    struct jn_values values = {.size = 0};

    if (count > JN_VALUES_MAX) {
        sqlite3_result_error(context, "jangle_checksum has too many arguments", -1);
        return;
    }
    for (int i = 0; i < count; i++) {
        if (!add_argument(&values, arguments[i])) {
            sqlite3_result_error_nomem(context);
            return;
        }
    }
    sqlite3_result_int64(context, (int64_t)hash_values(&values));
}

/* jangle_total(checksum) in SQL. The sum is unsigned, because signed overflow is
 * undefined. */
static void add_to_total(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    uint64_t *total = sqlite3_aggregate_context(context, sizeof *total);

    (void)count;
    if (total)
        *total += (uint64_t)sqlite3_value_int64(arguments[0]);
    else
        sqlite3_result_error_nomem(context);
}

static void end_total(sqlite3_context *context)
{
    const uint64_t *total = sqlite3_aggregate_context(context, 0);

    sqlite3_result_int64(context, total ? (int64_t)*total : 0);
}

int jn_checksum_register(sqlite3 *handle)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code = sqlite3_create_function_v2(handle, "jangle_checksum", -1, flags, NULL,
                                          checksum, NULL, NULL, NULL);

    if (code)
        return code;
    return sqlite3_create_function_v2(handle, "jangle_total", 1, flags, NULL, NULL,
                                      add_to_total, end_total, NULL);
}

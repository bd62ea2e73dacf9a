/* checksum.c - XXH3 over a row: what changes on the disk is noticed, not forbidden. */
#include "sqlite/file/checksum.h"

#include <string.h>
#include <xxhash.h>

void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(size ? bytes : "", size));
    memcpy(digest, canonical.digest, JN_DIGEST_SIZE);
}

/* The same bytes on every machine. */
static unsigned char *put_number(unsigned char *to, int64_t number)
{
    uint64_t bits = (uint64_t)number;

    /* Without a loop a compiler makes one store of it. */
    to[0] = (unsigned char)bits;
    to[1] = (unsigned char)(bits >> 8);
    to[2] = (unsigned char)(bits >> 16);
    to[3] = (unsigned char)(bits >> 24);
    to[4] = (unsigned char)(bits >> 32);
    to[5] = (unsigned char)(bits >> 40);
    to[6] = (unsigned char)(bits >> 48);
    to[7] = (unsigned char)(bits >> 56);
    return to + 8;
}

/* ---- columns, one behind the other --------------------------------------------- */

enum kind { NOTHING, NUMBER, TEXT, BYTES };

enum { VALUE_SIZE = 1 + 8 + 8, VALUES_MAX = 20 };

/* Each column is 17 bytes: its kind; its value, or how long it is; a hash of what it
 * holds. So texts of any length need no memory. */
struct values {
    unsigned char bytes[VALUES_MAX * VALUE_SIZE];
    unsigned char *end;
};

/* The rest of its memory need not be cleared. */
static void begin(struct values *values)
{
    values->end = values->bytes;
}

static void
add_value(struct values *values, enum kind kind, int64_t number, uint64_t hash)
{
    unsigned char *end = values->end;

    *end++ = (unsigned char)kind;
    end = put_number(end, number);
    values->end = put_number(end, (int64_t)hash);
}

static void add_number(struct values *values, int64_t number)
{
    add_value(values, NUMBER, number, 0);
}

static void
add_bytes(struct values *values, enum kind kind, const void *bytes, size_t size)
{
    add_value(values, kind, (int64_t)size, XXH3_64bits(size ? bytes : "", size));
}

static void add_text(struct values *values, const char *text)
{
    if (text)
        add_bytes(values, TEXT, text, strlen(text));
    else
        add_value(values, NOTHING, 0, 0);
}

static uint64_t hash_of(const struct values *values)
{
    return XXH3_64bits(values->bytes, (size_t)(values->end - values->bytes));
}

/* ---- events -------------------------------------------------------------------- */

int64_t jn_checksum(const struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE])
{
    struct values values;
    unsigned char position[8];

    begin(&values);
    add_text(&values, "events");
    add_text(&values, record->kind);
    add_text(&values, record->id);
    add_number(&values, record->version);
    add_text(&values, record->type);
    add_number(&values, record->type_version);
    add_number(&values, record->at.us);
    add_bytes(&values, BYTES, record->event_id, JANGLE_ID_SIZE);
    add_bytes(&values, BYTES, digest, JN_DIGEST_SIZE);
    add_text(&values, record->meta);
    put_number(position, record->position);
    return (int64_t)XXH3_64bits_withSeed(position, sizeof position, hash_of(&values));
}

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

/* False when SQLite had no memory for a text. */
static bool add_argument(struct values *values, sqlite3_value *argument)
{
    const void *bytes;

    switch (sqlite3_value_type(argument)) {
    case SQLITE_INTEGER:
        add_number(values, sqlite3_value_int64(argument));
        return true;
    case SQLITE_TEXT:
        bytes = sqlite3_value_text(argument);
        add_bytes(values, TEXT, bytes ? bytes : "",
                  bytes ? (size_t)sqlite3_value_bytes(argument) : 0);
        return bytes != NULL;
    case SQLITE_BLOB:
        bytes = sqlite3_value_blob(argument);
        add_bytes(values, BYTES, bytes, (size_t)sqlite3_value_bytes(argument));
        return bytes || !sqlite3_value_bytes(argument);
    default: /* no table of ours holds a real number: whoever reads it refuses it */
        add_value(values, NOTHING, 0, 0);
        return true;
    }
}

static void checksum(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    struct values values;

    begin(&values);
    if (count > VALUES_MAX) {
        sqlite3_result_error(context, "jangle_checksum has too many arguments", -1);
        return;
    }
    for (int i = 0; i < count; i++) {
        if (!add_argument(&values, arguments[i])) {
            sqlite3_result_error_nomem(context);
            return;
        }
    }
    sqlite3_result_int64(context, (int64_t)hash_of(&values));
}

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

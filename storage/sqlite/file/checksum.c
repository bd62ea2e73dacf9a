/* checksum.c - XXH3 over an event: what changes on the disk is noticed, not forbidden. */
#include "sqlite/file/checksum.h"

#include <string.h>
#include <xxhash.h>

void jn_digest(unsigned char digest[JN_DIGEST_SIZE], const void *bytes, size_t size)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
    memcpy(digest, canonical.digest, JN_DIGEST_SIZE);
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    return XXH3_64bits_withSeed(text, strlen(text), hash);
}

/* The same bytes on every machine. */
static unsigned char *put_number(unsigned char *to, int64_t number)
{
    for (int byte = 0; byte < 8; byte++)
        *to++ = (unsigned char)((uint64_t)number >> (8 * byte));
    return to;
}

int64_t jn_checksum(const struct jangle_record *record,
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
    hash = add_text(hash, record->kind);
    hash = add_text(hash, record->id);
    hash = add_text(hash, record->type);
    hash = record->meta ? add_text(hash, record->meta) : hash;
    return (int64_t)hash;
}

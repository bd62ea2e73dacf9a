/* ids.c - UUIDs of version 7, each greater than the one before; libuuid writes and reads
 * their text. */

#include "base/ids.h"

#include "base/hash.h"
#include "base/random_block.h"

#include <uuid/uuid.h>

static const int64_t MS_MAX = ((int64_t)1 << 48) - 1;

/* Random bytes of one id: the counter's first value, and the end of the id. */
enum { SEED_SIZE = 4, TAIL_SIZE = 6 };
enum { TIME_SIZE = 6 }; /* of the milliseconds, which an id of version 7 begins with */

_Static_assert(JN_ID_TEXT_SIZE == UUID_STR_LEN, "the text of a UUID");
_Static_assert(JANGLE_ID_SIZE == sizeof(uuid_t), "the bytes of a UUID");

enum jangle_result jn_ids_init(struct jn_ids *ids,
                               const struct jangle_clock *clock,
                               const struct jangle_random *random,
                               bool in_blocks)
{
    enum jangle_result result;

    *ids = (struct jn_ids){.clock = clock, .random = random, .last_ms = -1};
    result = jn_mutex_init(&ids->mutex);
    if (!result && in_blocks)
        ids->block = jn_random_block_open();
    return result;
}

void jn_ids_finish(struct jn_ids *ids)
{
    jn_random_block_close(ids->block);
    jn_mutex_finish(&ids->mutex);
}

/* Move to the next pair of millisecond and counter, with the mutex held. As long as the
 * clock shows no later millisecond than the last id has, only the counter grows. When the
 * counter is full, the next millisecond is used before the clock has reached it. */
static void advance(struct jn_ids *ids, int64_t now_ms, uint32_t seed)
{
    if (now_ms > ids->last_ms) {
        ids->last_ms = now_ms;
        ids->counter = seed;
    } else if (ids->counter < UINT32_MAX) {
        ids->counter++;
    } else if (ids->last_ms < MS_MAX) {
        ids->last_ms++;
        ids->counter = seed;
    }
}

/* In this order: 48 bits of time, 4 of version, 12 of counter, 2 of variant, 20 of
 * counter, 42 random bits. */
static void write_id(unsigned char id[JANGLE_ID_SIZE],
                     int64_t ms,
                     uint32_t counter,
                     const unsigned char tail[TAIL_SIZE])
{
    for (int at = 0; at < TIME_SIZE; at++)
        id[at] = (unsigned char)(ms >> (40 - 8 * at));
    id[6] = (unsigned char)(0x70 | counter >> 28);
    id[7] = (unsigned char)(counter >> 20);
    id[8] = (unsigned char)(0x80 | (counter >> 14 & 0x3f));
    id[9] = (unsigned char)(counter >> 6);
    id[10] = (unsigned char)(counter << 2 | (tail[0] & 0x03));
    memcpy(id + 11, tail + 1, TAIL_SIZE - 1);
}

void jn_ids_next(struct jn_ids *ids, unsigned char id[JANGLE_ID_SIZE])
{
    unsigned char bits[SEED_SIZE + TAIL_SIZE];
    int64_t now_ms = ids->clock->now(ids->clock->context).us / 1000;
    int64_t ms;
    uint32_t seed, counter;

    if (now_ms < 0)
        now_ms = 0;
    if (now_ms > MS_MAX)
        now_ms = MS_MAX;
    /* Outside of the mutex, because the program's own source may be slow. */
    if (!ids->block)
        ids->random->fill(ids->random->context, bits, sizeof bits);

    jn_mutex_lock(&ids->mutex);
    if (ids->block)
        jn_random_block_take(ids->block, ids->random, bits, sizeof bits);
    memcpy(&seed, bits, SEED_SIZE);
    seed &= UINT32_MAX >> 1; /* so that 2^31 ids are made before it is full */
    advance(ids, now_ms, seed);
    ms = ids->last_ms;
    counter = ids->counter;
    jn_mutex_unlock(&ids->mutex);
    write_id(id, ms, counter, bits + SEED_SIZE);
}

/* A UUID of version 8: RFC 9562 lets an application make those in its own way. */
void jn_id_derive(unsigned char id[JANGLE_ID_SIZE], const char *const *texts)
{
    jn_hash_texts(id, texts);
    id[6] = (unsigned char)(0x80 | (id[6] & 0x0f));
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
}

void jn_id_derive_in_time(unsigned char id[JANGLE_ID_SIZE],
                          const char *const *texts,
                          const char *sent_as)
{
    unsigned char bytes[JANGLE_ID_SIZE];

    jn_id_derive(id, texts);
    if (jn_id_from_text(bytes, sent_as) && bytes[6] >> 4 == 7)
        memcpy(id, bytes, TIME_SIZE);
}

void jn_id_to_text(const unsigned char id[JANGLE_ID_SIZE], char text[JN_ID_TEXT_SIZE])
{
    uuid_unparse_lower(id, text);
}

bool jn_id_from_text(unsigned char id[JANGLE_ID_SIZE], const char *text)
{
    return text && !uuid_parse(text, id);
}

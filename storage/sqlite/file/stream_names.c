/* stream_names.c - the names of streams by their numbers: a table in which each number
 * has one place, that of its last bits, and takes it from another one. Numbers are given
 * one after the other, so as many streams as there are places do not disturb each other.
 */
#include "sqlite/file/stream_names.h"

#include <stddef.h>

enum {
    BLOCK_SIZE = 128, /* 16,384 places in all */
    NAMES_SIZE = 256, /* of both names, with their ends: longer ones are not kept */
    TRUST_ENOUGH = 32,
    TRUST_MAX = 128,
    TRUST_LOST = 5, /* by a stream that is not known */
    KEPT_EVERY = 4
};

static size_t place_of(int64_t number)
{
    return (size_t)((uint64_t)number % (JN_STREAM_NAMES_BLOCKS * (uint64_t)BLOCK_SIZE));
}

const struct jn_stream_name *jn_stream_names_find(const struct jn_stream_names *names,
                                                  int64_t number)
{
    size_t place = place_of(number);
    struct jn_stream_name *const *block = names->blocks[place / BLOCK_SIZE];
    const struct jn_stream_name *name = block ? block[place % BLOCK_SIZE] : NULL;

    return name && name->number == number ? name : NULL;
}

void jn_stream_names_note(struct jn_stream_names *names, bool known)
{
    if (!known)
        names->trust = names->trust > TRUST_LOST ? names->trust - TRUST_LOST : 0;
    else if (names->trust < TRUST_MAX)
        names->trust++;
}

bool jn_stream_names_suffice(const struct jn_stream_names *names)
{
    return names->trust >= TRUST_ENOUGH;
}

/* NULL: there is no memory, or they are too long. */
static struct jn_stream_name *make_name(const struct jangle_allocator *allocator,
                                        int64_t number,
                                        const char *kind,
                                        const char *id)
{
    size_t kind_size = strlen(kind) + 1, id_size = strlen(id) + 1;
    struct jn_stream_name *name;

    if (kind_size > NAMES_SIZE || id_size > NAMES_SIZE - kind_size)
        return NULL;
    name = jn_resize(allocator, NULL,
                     offsetof(struct jn_stream_name, kind) + kind_size + id_size);
    if (!name)
        return NULL;
    name->number = number;
    jn_checksum_begin(&name->values, kind, id);
    memcpy(name->kind, kind, kind_size);
    name->id = memcpy(name->kind + kind_size, id, id_size);
    return name;
}

/* Is this the place of another number, which stays this time? */
static bool is_taken(struct jn_stream_names *names,
                     const struct jn_stream_name *there,
                     int64_t number)
{
    return there && there->number != number && names->in_place++ % KEPT_EVERY != 0;
}

void jn_stream_names_keep(struct jn_stream_names *names,
                          const struct jangle_allocator *allocator,
                          int64_t number,
                          const char *kind,
                          const char *id)
{
    size_t place = place_of(number), at = place % BLOCK_SIZE;
    struct jn_stream_name ***block = &names->blocks[place / BLOCK_SIZE];
    struct jn_stream_name *name;

    if (!*block)
        *block = jn_new(allocator, BLOCK_SIZE * sizeof **block);
    if (!*block || is_taken(names, (*block)[at], number))
        return;
    name = make_name(allocator, number, kind, id);
    if (!name)
        return;
    jn_free(allocator, (*block)[at]);
    (*block)[at] = name;
}

void jn_stream_names_clear(struct jn_stream_names *names,
                           const struct jangle_allocator *allocator)
{
    for (size_t block = 0; block < JN_STREAM_NAMES_BLOCKS; block++) {
        for (size_t at = 0; names->blocks[block] && at < BLOCK_SIZE; at++)
            jn_free(allocator, names->blocks[block][at]);
        jn_free(allocator, names->blocks[block]);
    }
    *names = (struct jn_stream_names){.trust = 0};
}

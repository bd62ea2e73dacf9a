/* testing.c - a clock and random numbers that a test controls, and a shuffle. */
#include <jangle/testing.h>

#include "base/hash.h"

#include <string.h>

/* ---- a clock ----------------------------------------------------------------- */

static jangle_time fixed_now(void *context)
{
    return *(const jangle_time *)context;
}

static int64_t fixed_monotonic_us(void *context)
{
    return ((const jangle_time *)context)->us;
}

struct jangle_clock jangle_clock_fixed(jangle_time *now)
{
    return (struct jangle_clock){
        .now = fixed_now, .monotonic_us = fixed_monotonic_us, .context = now};
}

/* ---- randomness -------------------------------------------------------------- */

/* The next random number is a count, well mixed. The count is the caller's own, and
 * plain, because C11 has no atomic operations for a plain number. */
static uint64_t draw(uint64_t *next)
{
    return jn_mix(__atomic_fetch_add(next, 1, __ATOMIC_RELAXED) * JN_MIX_STEP);
}

static void fill_counting(void *context, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    while (size) {
        uint64_t drawn = draw(context);
        size_t part = size < sizeof drawn ? size : sizeof drawn;

        memcpy(at, &drawn, part);
        at += part;
        size -= part;
    }
}

/* A UUID whose last eight bytes count. */
static void count_id(void *context, unsigned char id[JANGLE_ID_SIZE])
{
    uint64_t number = __atomic_fetch_add((uint64_t *)context, 1, __ATOMIC_RELAXED);

    memset(id, 0, JANGLE_ID_SIZE);
    id[6] = 0x70;
    id[8] = 0x80;
    for (int i = 15; i > 8; i--, number >>= 8)
        id[i] = (unsigned char)number;
}

struct jangle_random jangle_random_counting(uint64_t *next)
{
    return (struct jangle_random){.fill = fill_counting, .id = count_id, .context = next};
}

/* ---- a shuffle --------------------------------------------------------------- */

enum jangle_result jangle_shuffle(struct jangle *jangle,
                                  const char *view,
                                  int rounds,
                                  uint64_t seed,
                                  struct jangle_error *error)
{
    struct jangle_replay_options options = {
        .rounds = rounds, .compare = true, .shuffled = true, .seed = seed};

    return jangle_replay(jangle, view, &options, error);
}

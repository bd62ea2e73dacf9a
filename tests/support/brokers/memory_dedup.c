/* memory_dedup.c - a dedup in memory, which any number of programs of one process share.
 */
#include "support/brokers/memory_dedup.h"

#include <assert.h>
#include <stdio.h>

/* One that has it open. */
struct opened {
    struct jangle_dedup dedup;
    struct memory_dedup *memory;
    const struct jangle_host *host;
    char scope[128];
    int64_t lease_us, keep_us;
};

static int64_t now_us(const struct opened *opened)
{
    const struct jangle_clock *clock = &opened->host->clock;
    int64_t now =
        clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();

    return now + opened->memory->later_us;
}

static void
spell_key(const struct opened *opened, const char *key, char text[MEMORY_DEDUP_KEY_SIZE])
{
    int size = snprintf(text, MEMORY_DEDUP_KEY_SIZE, "%s:%s", opened->scope, key);

    assert(size > 0 && size < MEMORY_DEDUP_KEY_SIZE);
}

/* Under the mutex. NULL: nobody has it, and it is not done. */
static struct memory_dedup_key *find(const struct opened *opened, const char *key)
{
    struct memory_dedup *memory = opened->memory;
    char text[MEMORY_DEDUP_KEY_SIZE];

    spell_key(opened, key, text);
    for (size_t i = 0; i < memory->count; i++) {
        struct memory_dedup_key *each = &memory->keys[i];

        if (strcmp(each->key, text))
            continue;
        if (each->until_us > now_us(opened))
            return each;
        *each = memory->keys[--memory->count];
        return NULL;
    }
    return NULL;
}

static void
put(const struct opened *opened, const char *key, const char *token, int64_t us)
{
    struct memory_dedup *memory = opened->memory;
    struct memory_dedup_key *entry = find(opened, key);

    if (!entry) {
        assert(memory->count < MEMORY_DEDUP_KEYS);
        entry = &memory->keys[memory->count++];
        spell_key(opened, key, entry->key);
    }
    snprintf(entry->token, sizeof entry->token, "%s", token);
    entry->until_us = now_us(opened) + us;
}

static bool is_ours(const struct memory_dedup_key *entry,
                    const struct jangle_claim *claim)
{
    return *entry->token && !strcmp(entry->token, claim->token);
}

/* ---- calls: the mutex is held from begin to end ------------------------------------ */

static bool enter(struct opened *opened, int *calls, struct jangle_error *error)
{
    jn_mutex_lock(&opened->memory->mutex);
    if (opened->memory->away) {
        jn_mutex_unlock(&opened->memory->mutex);
        jangle_error_set(error, JANGLE_BUSY, "nobody is there");
        return false;
    }
    ++*calls;
    return true;
}

static enum jangle_result
leave(struct opened *opened, enum jangle_result result, struct jangle_error *error)
{
    bool mute = opened->memory->mute;

    jn_mutex_unlock(&opened->memory->mutex);
    if (mute)
        return jangle_error_set(error, JANGLE_BUSY, "no answer came");
    if (result == JANGLE_INVALID)
        return jangle_error_set(error, result, "it forgets what it likes");
    if (result)
        return jangle_error_set(error, result, "the message belongs to another");
    return JANGLE_OK;
}

static enum jangle_result check(struct jangle_dedup *dedup, struct jangle_error *error)
{
    struct opened *opened = (struct opened *)dedup;
    struct memory_dedup *memory = opened->memory;

    if (!enter(opened, &memory->checks, error))
        return JANGLE_BUSY;
    return leave(opened, memory->unfit ? JANGLE_INVALID : JANGLE_OK, error);
}

static void claim_it(struct opened *opened, const char *key, struct jangle_claim *claim)
{
    const struct memory_dedup_key *entry = find(opened, key);

    claim->left_ms = 0;
    if (!*claim->token)
        snprintf(claim->token, sizeof claim->token, "t%lld",
                 (long long)++opened->memory->drawn);
    claim->state = JANGLE_CLAIM_IS_YOURS;
    if (!entry || is_ours(entry, claim)) {
        put(opened, key, claim->token, opened->lease_us);
        return;
    }
    claim->state = *entry->token ? JANGLE_CLAIM_IS_ANOTHERS : JANGLE_CLAIM_IS_DONE;
    claim->left_ms = (entry->until_us - now_us(opened) + 999) / 1000;
}

static enum jangle_result begin(struct jangle_dedup *dedup,
                                const char *key,
                                struct jangle_claim *claim,
                                struct jangle_error *error)
{
    struct opened *opened = (struct opened *)dedup;
    struct memory_dedup *memory = opened->memory;

    if (!enter(opened, &memory->begins, error))
        return JANGLE_BUSY;
    if (memory->unfit)
        return leave(opened, JANGLE_INVALID, error);
    claim_it(opened, key, claim);
    return leave(opened, JANGLE_OK, error);
}

static enum jangle_result renew(struct jangle_dedup *dedup,
                                const char *key,
                                const struct jangle_claim *claim,
                                struct jangle_error *error)
{
    struct opened *opened = (struct opened *)dedup;
    const struct memory_dedup_key *entry;

    if (!enter(opened, &opened->memory->renewals, error))
        return JANGLE_BUSY;
    entry = find(opened, key);
    if (entry && !is_ours(entry, claim))
        return leave(opened, JANGLE_CONFLICT, error);
    put(opened, key, claim->token, opened->lease_us);
    return leave(opened, JANGLE_OK, error);
}

static enum jangle_result end(struct jangle_dedup *dedup,
                              const char *key,
                              const struct jangle_claim *claim,
                              bool done,
                              struct jangle_error *error)
{
    struct opened *opened = (struct opened *)dedup;
    struct memory_dedup *memory = opened->memory;
    struct memory_dedup_key *entry;

    if (!enter(opened, done ? &memory->dones : &memory->releases, error))
        return JANGLE_BUSY;
    entry = find(opened, key);
    if (entry && !is_ours(entry, claim))
        return leave(opened, JANGLE_CONFLICT, error);
    if (done)
        put(opened, key, "", opened->keep_us);
    else if (entry)
        *entry = memory->keys[--memory->count];
    return leave(opened, JANGLE_OK, error);
}

static void close_dedup(struct jangle_dedup *dedup)
{
    struct opened *opened = (struct opened *)dedup;

    jn_mutex_lock(&opened->memory->mutex);
    opened->memory->open--;
    jn_mutex_unlock(&opened->memory->mutex);
    jn_free(&opened->host->allocator, opened);
}

static const struct jangle_dedup_ops ops = {.abi = 1,
                                            .name = "memory",
                                            .check = check,
                                            .begin = begin,
                                            .renew = renew,
                                            .end = end,
                                            .close = close_dedup};

/* ---- open ----------------------------------------------------------------------------
 */

static enum jangle_result open_dedup(const struct jangle_deduplication *deduplication,
                                     const struct jangle_host *host,
                                     struct jangle_dedup **dedup,
                                     struct jangle_error *error)
{
    const char *url = deduplication->url;
    struct opened *opened;

    if (url && strcmp(url, "memory"))
        return jangle_error_set(error, JANGLE_INVALID, "its URL is not \"memory\"");
    opened = jn_new(&host->allocator, sizeof *opened);
    if (!opened)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a dedup");
    *opened = (struct opened){
        .dedup = {&ops},
        .memory = ((struct memory_dedup *const *)deduplication->options)[0],
        .host = host,
        .lease_us = deduplication->lease_ms * 1000,
        .keep_us = deduplication->keep_ms * 1000};
    snprintf(opened->scope, sizeof opened->scope, "%s", deduplication->scope);
    jn_mutex_lock(&opened->memory->mutex);
    opened->memory->open++;
    jn_mutex_unlock(&opened->memory->mutex);
    *dedup = &opened->dedup;
    return JANGLE_OK;
}

bool memory_dedup_init(struct memory_dedup *memory)
{
    *memory = (struct memory_dedup){0};
    return jn_mutex_init(&memory->mutex) == JANGLE_OK;
}

void memory_dedup_finish(struct memory_dedup *memory)
{
    assert(memory->open == 0);
    jn_mutex_finish(&memory->mutex);
}

struct jangle_deduplication memory_dedup_descriptor(struct memory_dedup **memory)
{
    return (struct jangle_deduplication){
        .options = memory, .needed = true, .open = open_dedup};
}

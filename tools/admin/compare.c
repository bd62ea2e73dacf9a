/* compare.c - where the logs of two stores part. */
#include "admin/compare.h"

#include <string.h>

/* ---- an event ------------------------------------------------------------------- */

/* FNV-1a, with the size behind each text, so that none runs into the next one. */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    for (int i = 0; i < 8; i++)
        hash = (hash ^ (size >> 8 * i & 0xff)) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    return text ? add_bytes(hash, text, strlen(text)) : add_bytes(hash, "", 0) + 1;
}

static uint64_t add_number(uint64_t hash, int64_t number)
{
    return add_bytes(hash, &number, sizeof number);
}

/* Of all that is stored of it. */
static uint64_t hash_of(const struct jangle_seen_event *event)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    hash = add_text(hash, event->kind);
    hash = add_text(hash, event->id);
    hash = add_number(hash, event->version);
    hash = add_text(hash, event->type);
    hash = add_number(hash, event->type_version);
    hash = add_number(hash, event->at.us);
    hash = add_text(hash, event->event_id);
    hash = add_text(hash, event->meta);
    return event->payload ? add_bytes(hash, event->payload, event->payload_size)
                          : add_number(hash, -1);
}

static enum jangle_result note(void *context, const struct jangle_seen_event *event)
{
    struct jn_side *side = context;

    side->is_there = !event->fault;
    side->hash = hash_of(event);
    return JANGLE_OK;
}

static enum jangle_result
read_at(struct jn_side *side, int64_t position, struct jangle_error *error)
{
    const struct jangle_event_filter at = {
        .after = position - 1, .before = position + 1, .limit = 1};

    side->is_there = false;
    side->reads++;
    return jangle_look_events(side->look, &at, note, side, NULL, error);
}

/* ---- the place -------------------------------------------------------------------- */

struct comparison {
    struct jn_side *one, *other;
    bool (*stopped)(const void *context);
    const void *context;
    struct jangle_error *error;
};

static enum jangle_result
is_equal(const struct comparison *comparison, int64_t position, bool *equal)
{
    struct jn_side *one = comparison->one, *other = comparison->other;
    enum jangle_result result = read_at(one, position, comparison->error);

    if (!result)
        result = read_at(other, position, comparison->error);
    if (!result && comparison->stopped(comparison->context))
        result = JANGLE_CANCELLED;
    *equal = one->is_there && other->is_there && one->hash == other->hash;
    return result;
}

/* That at `last` differs. */
static enum jangle_result
halve(const struct comparison *comparison, int64_t last, int64_t *differs)
{
    enum jangle_result result = JANGLE_OK;
    int64_t first = 1; /* all before it are equal, as far as is known */

    while (!result && first < last) {
        int64_t middle = first + (last - first) / 2;
        bool equal = false;

        result = is_equal(comparison, middle, &equal);
        if (equal)
            first = middle + 1;
        else
            last = middle;
    }
    *differs = first;
    return result;
}

static enum jangle_result
walk(const struct comparison *comparison, int64_t last, int64_t *differs)
{
    enum jangle_result result = JANGLE_OK;
    bool equal = true;

    for (int64_t at = 1; !result && equal && at <= last; at++) {
        result = is_equal(comparison, at, &equal);
        *differs = equal ? 0 : at;
    }
    return result;
}

enum jangle_result jn_compare(struct jn_side *one,
                              struct jn_side *other,
                              bool all,
                              bool (*stopped)(const void *context),
                              const void *context,
                              int64_t *differs,
                              struct jangle_error *error)
{
    const struct comparison comparison = {one, other, stopped, context, error};
    int64_t last = one->head < other->head ? one->head : other->head;
    bool equal = true;
    enum jangle_result result;

    *differs = 0;
    if (last < 1)
        return JANGLE_OK;
    if (all)
        return walk(&comparison, last, differs);
    result = is_equal(&comparison, last, &equal);
    return result || equal ? result : halve(&comparison, last, differs);
}

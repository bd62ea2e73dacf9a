/* verb_dead.c - the verb dead: events that subscribers gave up, or try again. */
#include "admin/verb_dead.h"
#include "admin/call.h"

#include <jangle/look.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* The members of struct jangle_dead_letter. */
static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "subscriber"},
    {.name = "kind", .shown_to = JANGLE_FOR_JSON},
    {.name = "position", .kind = JANGLE_CELL_NUMBER},
    {.name = "stream"},
    {.name = "version", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "type"},
    {.name = "payload", .kind = JANGLE_CELL_DATA, .shown_to = JANGLE_FOR_JSON},
    {.name = "attempts", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "failed_at", .kind = JANGLE_CELL_TIME},
    {.name = "held_count", .kind = JANGLE_CELL_NUMBER, .shown_to = JANGLE_FOR_JSON},
    {.name = "dead", .kind = JANGLE_CELL_FLAG, .shown_to = JANGLE_FOR_JSON},
    {.name = "in_the_way", .kind = JANGLE_CELL_FLAG, .shown_to = JANGLE_FOR_JSON},
    {.name = "reason", .shown_to = JANGLE_FOR_JSON},
    {.name = "reason", .shown_to = JANGLE_FOR_PEOPLE, .shrinks = true});

/* With --by-reason: how many there are of one reason. */
static const struct jangle_table_columns sums =
    JANGLE_TABLE_COLUMNS({.name = "subscriber"},
                         {.name = "count", .kind = JANGLE_CELL_NUMBER},
                         {.name = "first_position", .kind = JANGLE_CELL_NUMBER},
                         {.name = "failed_at", .kind = JANGLE_CELL_TIME},
                         {.name = "reason", .shrinks = true});

struct reason {
    char *subscriber;
    char *reason;
    int64_t count;
    int64_t first_position; /* of them */
    jangle_time failed_at;  /* the earliest */
};

struct list {
    struct jangle_verb_call *call;
    const char *type; /* a glob, or NULL; so is the next */
    const char *because;
    bool by_reason;
    int64_t count;
    int64_t dead;
    struct reason *reasons;
    size_t reason_count;
};

static bool matches(const char *glob, const char *text)
{
    return !glob || fnmatch(glob, text ? text : "", 0) == 0;
}

static const char *kind_name(enum jangle_parked_kind kind)
{
    switch (kind) {
#define KIND(name, number)                                                               \
    case JANGLE_PARKED_##name:                                                           \
        return #name;
        JANGLE_PARKED_KINDS(KIND)
#undef KIND
    }
    return NULL;
}

/* ---- by reason -------------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static struct reason *find_reason(const struct list *list,
                                  const struct jangle_dead_letter *letter)
{
    for (size_t i = 0; i < list->reason_count; i++)
        if (!strcmp(list->reasons[i].subscriber, letter->subscriber) &&
            !strcmp(list->reasons[i].reason, or_empty(letter->reason)))
            return &list->reasons[i];
    return NULL;
}

static struct reason *add_reason(struct list *list,
                                 const struct jangle_dead_letter *letter)
{
    struct reason *reasons =
        realloc(list->reasons, (list->reason_count + 1) * sizeof *reasons);
    struct reason *added;

    if (!reasons)
        return NULL;
    list->reasons = reasons;
    added = &reasons[list->reason_count];
    *added = (struct reason){.subscriber = strdup(letter->subscriber),
                             .reason = strdup(or_empty(letter->reason)),
                             .first_position = letter->position,
                             .failed_at = letter->failed_at};
    list->reason_count++;
    return added->subscriber && added->reason ? added : NULL;
}

static enum jangle_result count_reason(struct list *list,
                                       const struct jangle_dead_letter *letter)
{
    struct reason *reason = find_reason(list, letter);

    if (!reason)
        reason = add_reason(list, letter);
    if (!reason)
        return JANGLE_NO_MEMORY;
    reason->count++;
    if (letter->position < reason->first_position)
        reason->first_position = letter->position;
    if (jangle_time_before(letter->failed_at, reason->failed_at))
        reason->failed_at = letter->failed_at;
    return JANGLE_OK;
}

static int compare_counts(const void *a, const void *b)
{
    const struct reason *first = a;
    const struct reason *second = b;

    if (first->count != second->count)
        return first->count > second->count ? -1 : 1;
    if (first->first_position != second->first_position)
        return first->first_position < second->first_position ? -1 : 1;
    return strcmp(first->subscriber, second->subscriber);
}

/* The most frequent come first. */
static void print_reasons(struct list *list)
{
    if (list->reason_count)
        qsort(list->reasons, list->reason_count, sizeof *list->reasons, compare_counts);
    for (size_t i = 0; i < list->reason_count; i++) {
        const struct reason *reason = &list->reasons[i];
        const struct jangle_table_cell cells[] = {
            {.text = reason->subscriber},       {.number = reason->count},
            {.number = reason->first_position}, {.number = reason->failed_at.us},
            {.text = reason->reason},
        };

        (void)jangle_verb_row(list->call, cells);
    }
}

static void free_reasons(struct list *list)
{
    for (size_t i = 0; i < list->reason_count; i++) {
        free(list->reasons[i].subscriber);
        free(list->reasons[i].reason);
    }
    free(list->reasons);
}

/* ---- one by one ------------------------------------------------------------------- */

/* People are told which of them are not dead yet. */
static enum jangle_result print(struct list *list,
                                const struct jangle_dead_letter *letter)
{
    struct jn_bytes reason = {0};
    enum jangle_result result;

    if (!letter->dead)
        jn_bytes_format(&reason, "(tried %d times, and again) ", letter->attempts);
    jn_bytes_text(&reason, or_empty(letter->reason));
    const struct jangle_table_cell cells[] = {
        {.text = letter->subscriber},
        {.text = kind_name(letter->kind)},
        {.number = letter->position},
        {.text = letter->stream},
        {.number = letter->version},
        {.text = letter->type},
        {.text = letter->payload},
        {.number = letter->attempts},
        {.number = letter->failed_at.us},
        {.number = letter->held_count < 0 ? JANGLE_CELL_NONE : letter->held_count},
        {.number = letter->dead},
        {.number = letter->in_the_way},
        {.text = letter->reason},
        {.text = jn_bytes_string(&reason)},
    };
    result = jn_verb_row(list->call, cells);
    jn_bytes_free(&reason);
    return result;
}

static enum jangle_result visit(void *context, const struct jangle_dead_letter *letter)
{
    struct list *list = context;

    if (!matches(list->type, letter->type) || !matches(list->because, letter->reason))
        return jangle_verb_stopped(list->call) ? JANGLE_CANCELLED : JANGLE_OK;
    list->count++;
    list->dead += letter->dead;
    return list->by_reason ? count_reason(list, letter) : print(list, letter);
}

static enum jangle_exit run(struct jangle_verb_call *call, struct list *list)
{
    const char *subscriber = jangle_verb_argument(call, 0);
    bool parked = jangle_verb_option(call, "parked");
    struct jangle_look *look = jangle_verb_look(call);
    struct jangle_error error = {0};
    enum jangle_result result;
    enum jangle_exit status;

    if (!look)
        return jangle_verb_failed(call);
    jangle_verb_table(call, list->by_reason ? &sums : &columns);
    result = parked ? jangle_look_parked(look, subscriber, visit, list, &error)
                    : jangle_look_dead(look, subscriber, visit, list, &error);
    if (result == JANGLE_NO_MEMORY)
        (void)jangle_error_set(&error, result, "there is no memory for so many reasons");
    print_reasons(list);
    status = jn_verb_visited(call, result, &error);
    if (status)
        return status;
    jn_verb_count(call, list->count, parked ? "parked event" : "dead letter",
                  parked ? "parked events" : "dead letters");
    return list->dead ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

enum jangle_exit jn_run_dead(struct jangle_verb_call *call)
{
    struct list list = {.call = call,
                        .type = jangle_verb_option(call, "type"),
                        .because = jangle_verb_option(call, "because"),
                        .by_reason = jangle_verb_option(call, "by-reason")};
    enum jangle_exit status = run(call, &list);

    free_reasons(&list);
    return status;
}

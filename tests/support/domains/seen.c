/* seen.c - what a look shows, as one line of text. */
#include "support/domains/seen.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum jangle_result seen_event(void *context, const struct jangle_seen_event *event)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    size_t left = sizeof seen->text - used;

    seen->count++;
    seen->faults += event->fault != NULL;
    if (event->fault)
        snprintf(seen->fault, sizeof seen->fault, "%s", event->fault);
    if (event->missing > 1)
        snprintf(seen->text + used, left, "%s!%lld+%lld", used ? " " : "",
                 (long long)event->position, (long long)event->missing);
    else
        snprintf(seen->text + used, left, "%s%s%lld", used ? " " : "",
                 event->fault ? "!" : "", (long long)event->position);
    return seen->stop;
}

const char *seen_by(struct seen *seen,
                    struct jangle_look *look,
                    const struct jangle_event_filter *filter)
{
    *seen = (struct seen){0};
    assert_result(
        jangle_look_events(look, filter, seen_event, seen, &seen->search, &seen->error),
        JANGLE_OK);
    return seen->text;
}

struct jangle_look *seen_open(const char *path)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_error error = {0};
    struct jangle_look *look = jangle_look_open(&storage, NULL, &error);

    if (!look)
        fail_msg("%s", error.message);
    return look;
}
